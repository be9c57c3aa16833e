"""Loaded models and their interpreters, shared by concurrent callers."""
