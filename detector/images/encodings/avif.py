"""Reads the boxes of an AVIF file (ISO/IEC 14496-12 and 23008-12)."""

import struct
from collections.abc import Iterator

from detector.images.encodings.announced import Announced

BRANDS = {b"avif", b"avis"}
WEIGHT = 5.0
MAX_BOXES = 2000


def read(data: bytes) -> Announced:
    """What an AVIF file announces; see read_header."""
    sizes: list[tuple[int, int]] = []
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind == b"ftyp" and not BRANDS & {data[at : at + 4] for at in range(start, end, 4)}:
            raise ValueError("another format")
        if kind == b"meta":
            sizes += _sizes(data, start + 4, end)
    if not sizes:
        raise ValueError("no image")
    width, height = max(width for width, _ in sizes), max(height for _, height in sizes)
    return Announced(width, height, data, orientation=None, weight=WEIGHT)


def _sizes(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Width and height of every item that has them, tiles among them."""
    for kind, start_of, end_of in _boxes(data, start, end):
        if kind in (b"iprp", b"ipco"):
            yield from _sizes(data, start_of, end_of)
        elif kind == b"ispe":
            yield struct.unpack_from(">II", data, start_of + 4)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the content of every box within some bytes."""
    for _ in range(MAX_BOXES):
        if start + 8 > end:
            return
        length, kind = struct.unpack_from(">I4s", data, start)
        header = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, start + 8)
            header = 16
        stop = start + length if length else end
        if (length and length < header) or stop > end:
            raise ValueError("truncated")
        yield kind, start + header, stop
        start = stop
    raise ValueError("too many boxes")
