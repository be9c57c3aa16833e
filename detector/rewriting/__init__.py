"""Rewrites model files so that they run faster or expose their raw heads."""
