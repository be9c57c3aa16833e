"""Decodes photos; places, resizes and tiles images. Knows nothing of models."""

from detector.images.decoding import DecodedImage, Divisor, decode, decode_scaled
from detector.images.encodings import FORMATS
from detector.images.limits import ImageLimits
from detector.images.placement import Placement, corner, letterbox, stretch
from detector.images.resizing import resize, shrink_divisor
from detector.images.tiling import WHOLE, Grid, Region, Tiling

__all__ = [
    "FORMATS",
    "WHOLE",
    "DecodedImage",
    "Divisor",
    "Grid",
    "ImageLimits",
    "Placement",
    "Region",
    "Tiling",
    "corner",
    "decode",
    "decode_scaled",
    "letterbox",
    "resize",
    "shrink_divisor",
    "stretch",
]
