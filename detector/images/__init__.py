"""Decodes photos; places, resizes and tiles images. Knows nothing of models."""

from detector.images.decoding import DecodedImage, Divisor, decode, decode_scaled, total_cost
from detector.images.encodings import FORMATS, read_header
from detector.images.limits import BYTES as MAX_BYTES
from detector.images.limits import MILLISECONDS as MAX_MILLISECONDS
from detector.images.limits import ImageLimits
from detector.images.placement import Placement, corner, letterbox, stretch
from detector.images.resizing import resize, shrink_divisor
from detector.images.tiling import WHOLE, Grid, Region, Tiling

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_MILLISECONDS",
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
    "read_header",
    "resize",
    "shrink_divisor",
    "stretch",
    "total_cost",
]
