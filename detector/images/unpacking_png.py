"""Unpacks PNG files, so that libpng has only the filters left to undo.

libpng unpacks all data in a file, even gigabytes after the last pixel. This module stops at the last pixel.
"""

import struct

import numpy as np
from isal import isal_zlib

from detector.images.encodings.png import PALETTE, SIGNATURE, Chunk, Layout, chunks
from detector.images.inflating import Inflater, stored

FILTERS, PAETH = 5, 4
PAETH_MS_PER_BYTE = 4.5e-6  # the time to undo this filter, beyond that of the others


def unpack_png(data: bytes) -> bytes:
    """The same image as an uncompressed PNG file, with only the chunks that define its pixels.

    Raises:
        ValueError, isal_zlib.error: the file is truncated or damaged.
        ImageTooLarge: unpacking takes much longer than that of usual data.
    """
    layout = Layout.read(data)
    found = list(chunks(data))
    inflater = Inflater(layout.size)
    packed = b"".join(_content(data, chunk) for chunk in found if chunk.kind == b"IDAT")
    unpacked = inflater.inflate(packed, layout.size)
    if len(unpacked) < layout.size:
        raise ValueError("truncated")
    inflater.spend(_paeth_bytes(unpacked, layout) * PAETH_MS_PER_BYTE / 1000)
    parts = [SIGNATURE, *_chunk(b"IHDR", [_content(data, found[0])])]
    if layout.colour == PALETTE:
        (palette,) = (_content(data, chunk) for chunk in found if chunk.kind == b"PLTE")
        size = 3 << layout.depth  # of a palette with a colour for every possible index
        parts += _chunk(b"PLTE", [bytes(palette[:size]).ljust(size, b"\0")])
    parts += [*_chunk(b"IDAT", list(stored(unpacked))), *_chunk(b"IEND", [])]
    return b"".join(parts)


def _content(data: bytes, chunk: Chunk) -> memoryview:
    """The content of a chunk, after checking its checksum."""
    (checksum,) = struct.unpack_from(">I", data, chunk.end)
    view = memoryview(data)
    if isal_zlib.crc32(view[chunk.start - 4 : chunk.end]) != checksum:
        raise ValueError("damaged")
    return view[chunk.start : chunk.end]


def _paeth_bytes(unpacked: bytes | memoryview, layout: Layout) -> int:
    """The bytes of all rows with the most expensive filter. Refuses rows with unknown filters."""
    start = total = 0
    for rows, size in layout.passes:
        filters = np.frombuffer(unpacked, np.uint8, rows * size, start)[::size]
        if filters.max() >= FILTERS:
            raise ValueError("damaged")
        total += int(np.count_nonzero(filters == PAETH)) * size
        start += rows * size
    return total


def _chunk(kind: bytes, content: list[bytes | memoryview]) -> list[bytes | memoryview]:
    """A chunk, as a list of its parts."""
    checksum = isal_zlib.crc32(kind)
    for part in content:
        checksum = isal_zlib.crc32(part, checksum)
    return [struct.pack(">I", sum(map(len, content))), kind, *content, struct.pack(">I", checksum)]
