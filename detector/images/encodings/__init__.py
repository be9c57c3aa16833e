"""Reads and checks the headers of photos, before a decoder may allocate anything."""

from detector.images.encodings.header import Header
from detector.images.encodings.recognition import FORMATS, read_header

__all__ = ["FORMATS", "Header", "read_header"]
