"""Decodes images, places and resizes them for a model's input. Knows nothing of models."""
