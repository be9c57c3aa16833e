"""Reads the chunks of a WebP file (RFC 9649)."""

import struct

from detector.images.encodings import exif
from detector.images.encodings.announced import UPRIGHT, Announced

MAX_CHUNKS = 10_000
WEIGHT = 2.0
ANIMATED_WEIGHT = 6.0


def read(data: bytes) -> Announced:
    """What a WebP file announces; see read_header."""
    size, orientation, weight = None, None, WEIGHT
    end = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    position = 12
    for _ in range(MAX_CHUNKS):
        if position + 8 > end:
            break
        kind, length = struct.unpack_from("<4sI", data, position)
        start, position = position + 8, position + 8 + length + length % 2
        if start + length > end:
            raise ValueError("truncated")
        if kind == b"EXIF":
            orientation = exif.orientation(data[start : start + length])
        elif kind == b"ANMF":
            weight = ANIMATED_WEIGHT
            _check_frame(data, start, size)
        elif size is None:
            size = _size(kind, data, start)
    else:
        raise ValueError("too many chunks")
    if size is None:
        raise ValueError("no image")
    return Announced(*size, data, orientation or UPRIGHT, weight)


def _size(kind: bytes, data: bytes, start: int) -> tuple[int, int] | None:
    """Width and height, if this chunk announces them."""
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[start + 4 : start + 7], "little"), 1 + int.from_bytes(
            data[start + 7 : start + 10], "little"
        )
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, start + 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, start + 1)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None


def _check_frame(data: bytes, start: int, canvas: tuple[int, int] | None) -> None:
    """Refuses a frame that is not within the canvas."""
    left, top, width, height = (int.from_bytes(data[start + 3 * n : start + 3 * n + 3], "little") for n in range(4))
    if canvas is None or 2 * left + width + 1 > canvas[0] or 2 * top + height + 1 > canvas[1]:
        raise ValueError("a frame that is not within the image")
