"""Decodes photos, and places and resizes images. Knows nothing of models."""

from detector.images.decoding import DecodedImage, decode, decode_scaled
from detector.images.encodings import FORMATS
from detector.images.limits import ImageLimits
from detector.images.placement import Placement, corner, letterbox, stretch
from detector.images.resizing import resize, shrink_divisor

__all__ = [
    "FORMATS",
    "DecodedImage",
    "ImageLimits",
    "Placement",
    "corner",
    "decode",
    "decode_scaled",
    "letterbox",
    "resize",
    "shrink_divisor",
    "stretch",
]
