"""Encodings: what a photo's bytes announce, read and checked before a decoder may allocate anything."""

from detector.images.encodings.announced import SIDEWAYS
from detector.images.encodings.header import FORMATS, Header, read_header

__all__ = ["FORMATS", "SIDEWAYS", "Header", "read_header"]
