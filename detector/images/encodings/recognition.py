"""Recognises a file's format and reads its header."""

import re
from collections.abc import Callable
from typing import NamedTuple

from detector.images.encodings import avif, bmp, gif, jpeg, png, tiff, webp
from detector.images.encodings.header import Header


class Format(NamedTuple):
    """A format that is decoded.

    Attributes:
        signature: the start of every such file.
        read: reads the header of such a file.
    """

    signature: re.Pattern[bytes]
    read: Callable[[bytes], Header]


FORMATS = {
    "JPEG": Format(re.compile(rb"\xff\xd8\xff"), jpeg.read),
    "PNG": Format(re.compile(png.SIGNATURE), png.read),
    "WEBP": Format(re.compile(rb"RIFF....WEBP", re.DOTALL), webp.read),
    "GIF": Format(re.compile(rb"GIF8[79]a"), gif.read),
    "BMP": Format(re.compile(rb"BM"), bmp.read),
    "TIFF": Format(re.compile(rb"II[*+]\0|MM\0[*+]"), tiff.read),
    "AVIF": Format(re.compile(rb"....ftyp", re.DOTALL), avif.read),
}


def read_header(data: bytes) -> Header:
    """The header of a file.

    Raises:
        ValueError, IndexError, struct.error: the file is of another format, truncated or contradicts itself.
    """
    readers = [each.read for each in FORMATS.values() if each.signature.match(data)]
    if len(readers) != 1:  # more than one would let a decoder take the file for another format than was checked
        raise ValueError("another format")
    return readers[0](data)
