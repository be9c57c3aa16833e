"""Reads the blocks of a GIF file up to the end of its first frame (GIF89a)."""

import struct

from detector.images.encodings.header import Header
from detector.images.limits import Cost

FRAME, EXTENSION, TRAILER = 0x2C, 0x21, b";"
MAX_BLOCKS = 200_000  # 51 MB of full ones

MS_PER_PIXEL, BYTES_PER_PIXEL = 14e-6, 6


def read(data: bytes) -> Header:
    """The header of a GIF file; see read_header."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + _palette(flags)
    for _ in range(MAX_BLOCKS):
        if data[position] == FRAME:
            break
        if data[position] != EXTENSION:
            raise ValueError("no frame")
        position = _skip(data, position + 2)
    else:
        raise ValueError("too many blocks")
    left, top, frame_width, frame_height, flags = struct.unpack_from("<HHHHB", data, position + 1)
    width, height = max(width, left + frame_width), max(height, top + frame_height)  # decoders extend the image, too
    end = _skip(data, position + 11 + _palette(flags))
    content = data if end + len(TRAILER) >= len(data) else data[:end] + TRAILER
    cost = Cost(width * height * MS_PER_PIXEL, width * height * BYTES_PER_PIXEL + 2 * len(data))
    return Header("GIF", width, height, content, cost)


def _palette(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip(data: bytes, position: int) -> int:
    """The position after a sequence of blocks, each of which starts with its length, the last with 0."""
    for _ in range(MAX_BLOCKS):
        if position >= len(data):
            return len(data)  # truncated, as a decoder will find
        length = data[position]
        position += length + 1
        if not length:
            return position
    raise ValueError("too many blocks")
