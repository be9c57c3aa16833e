"""Recognises a file's format and reads its header."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from detector.images.encodings import avif, bmp, gif, jpeg, png, tiff, webp
from detector.images.encodings.announced import Announced

READERS: dict[str, Callable[[bytes], Announced]] = {
    "JPEG": jpeg.read,
    "PNG": png.read,
    "WEBP": webp.read,
    "GIF": gif.read,
    "BMP": bmp.read,
    "TIFF": tiff.read,
    "AVIF": avif.read,
}
SIGNATURES = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "GIF": re.compile(rb"GIF8[79]a"),
    "BMP": re.compile(rb"BM"),
    "TIFF": re.compile(rb"II[*+]\0|MM\0[*+]"),
    "AVIF": re.compile(rb"....ftyp", re.DOTALL),
}
FORMATS = tuple(READERS)


@dataclass(frozen=True, slots=True)
class Header:
    """A recognised file.

    Attributes:
        format: its name, one of FORMATS.
        announced: what it announces.
    """

    format: str
    announced: Announced


def read_header(data: bytes) -> Header:
    """The header of a file.

    Raises:
        ValueError, IndexError, struct.error: the file is of another format, truncated or contradicts itself.
    """
    for name, signature in SIGNATURES.items():
        if signature.match(data):
            return Header(name, READERS[name](data))
    raise ValueError("another format")
