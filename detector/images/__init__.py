"""Decodes images, places and resizes them for a model's input. Knows nothing of models."""

from detector.images.decoding import ImageLimits, Picture, decode, decode_smaller
from detector.images.placement import Placement, corner, letterbox, stretch
from detector.images.resizing import averaged, resized

__all__ = [
    "ImageLimits",
    "Picture",
    "Placement",
    "averaged",
    "corner",
    "decode",
    "decode_smaller",
    "letterbox",
    "resized",
    "stretch",
]
