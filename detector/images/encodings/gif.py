"""Reads the blocks of a GIF file up to the end of its first frame (GIF89a)."""

import struct

from detector.images.encodings.header import Header
from detector.images.limits import Cost

FRAME, EXTENSION, CONTROL, TRAILER = 0x2C, 0x21, 0xF9, b";"
TRANSPARENT = 1  # a flag of a control extension
MAX_BLOCKS = 200_000  # up to the end of the first frame; 51 MB of full ones

MS_PER_PIXEL, BYTES_PER_PIXEL = 14e-6, 6


def read(data: bytes) -> Header:
    """The header of a GIF file; see read_header.

    The content has no extensions, whose blocks Pillow would read again, except the last that states the transparent
    colour.
    """
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    start = position = 13 + _palette(flags)
    control, left = b"", MAX_BLOCKS
    while data[position] != FRAME:
        if data[position] != EXTENSION:
            raise ValueError("no frame")
        end, left = _skip(data, position + 2, left - 1)
        if data[position + 1] == CONTROL and data[position + 3] & TRANSPARENT:
            control = data[position:end]
        position = end
    left_edge, top, frame_width, frame_height, flags = struct.unpack_from("<HHHHB", data, position + 1)
    # Decoders extend the image, too.
    width, height = max(width, left_edge + frame_width), max(height, top + frame_height)
    end, _ = _skip(data, position + 11 + _palette(flags), left)
    content = b"".join((data[:start], control, memoryview(data)[position:end], TRAILER if end < len(data) else b""))
    cost = Cost(width * height * MS_PER_PIXEL, width * height * BYTES_PER_PIXEL + 2 * len(data))
    return Header("GIF", width, height, content, cost)


def _palette(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip(data: bytes, position: int, left: int) -> tuple[int, int]:
    """The position after a sequence of blocks, each of which starts with its length, the last with 0.

    Args:
        data: a file.
        position: of the first block.
        left: blocks that there may be.

    Returns:
        The position, and the number of blocks that may still follow.
    """
    while left > 0:
        if position >= len(data):
            return len(data), left  # truncated, as a decoder will find
        length = data[position]
        position += length + 1
        left -= 1
        if not length:
            return position, left
    raise ValueError("too many blocks")
