"""Draws boxes and their labels onto a photo."""
