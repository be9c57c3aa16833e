"""Draws boxes and their labels onto a photo."""

from detector.drawing.annotation import draw, to_jpeg

__all__ = [
    "draw",
    "to_jpeg",
]
