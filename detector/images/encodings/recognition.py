"""Recognises a file's format and reads its header."""

import re
from collections.abc import Callable

from detector.errors import UnreadableImage
from detector.images.encodings import bmp, gif, items, jpeg, png, tiff, webp
from detector.images.encodings.header import Header

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", *(["HEIC"] if items.HAS_HEIC else []))

READERS: dict[re.Pattern[bytes], Callable[[bytes], Header]] = {
    re.compile(rb"\xff\xd8\xff"): jpeg.read,
    re.compile(re.escape(png.SIGNATURE)): png.read,
    re.compile(rb"RIFF....WEBP", re.DOTALL): webp.read,
    re.compile(rb"GIF8[79]a"): gif.read,
    re.compile(rb"BM"): bmp.read,
    re.compile(rb"II[*+]\0|MM\0[*+]"): tiff.read,
    re.compile(rb"....ftyp", re.DOTALL): items.read,
}

# Formats that cameras and converters write, but that are not decoded here.
OTHERS = {
    "JPEG XL": re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "),
    "JPEG 2000": re.compile(rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  "),
}


def read_header(data: bytes) -> Header:
    """The header of a file.

    Raises:
        UnreadableImage: the file's format is known, but not supported.
        Exception: the format is unknown, or the file is truncated or damaged.
    """
    readers = [read for signature, read in READERS.items() if signature.match(data)]
    if len(readers) == 1:  # with more, a decoder might take the file for another format than the one checked
        return readers[0](data)
    for name, signature in OTHERS.items():
        if signature.match(data):
            raise UnreadableImage(f"{name} is not decoded here: send the photo as a JPEG, PNG, WebP or AVIF file.")
    raise ValueError("another format")
