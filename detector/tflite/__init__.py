"""Runs TFLite models and takes their graphs apart. Knows nothing of detection."""
