"""Unpacks PNG files, so that libpng has only the filters left to undo.

libpng unpacks all data in a file, even gigabytes after the last pixel. This module stops at the last pixel, and uses
ISA-L, which takes less than half of zlib's time.
"""

import struct
import time
from collections.abc import Iterator

import numpy as np
from isal import isal_zlib

from detector.errors import ImageTooLarge
from detector.images.encodings.png import PALETTE, SIGNATURE, Chunk, Layout, chunks

FILTERS = 5
BLOCK = 65_535  # bytes of a stored block of Deflate

PIECE = 1 << 19  # bytes that are unpacked between two looks at the clock; take 55 ms at worst
# CPU time to unpack a file, about six times what usual data take, so that slow machines unpack them, too.
PATIENCE_MS, PATIENCE_MS_PER_BYTE, MAX_PATIENCE_MS = 30, 16e-6, 450


def unpack_png(data: bytes) -> bytes:
    """The same image as an uncompressed PNG file, with only the chunks that define its pixels.

    Raises:
        ValueError, isal_zlib.error: the file is truncated or damaged.
    """
    layout = Layout.read(data)
    found = list(chunks(data))
    unpacked = _unpack(b"".join(_content(data, chunk) for chunk in found if chunk.kind == b"IDAT"), layout.size)
    _check_filters(unpacked, layout)
    parts = [SIGNATURE, *_chunk(b"IHDR", [_content(data, found[0])])]
    if layout.colour == PALETTE:
        (palette,) = (_content(data, chunk) for chunk in found if chunk.kind == b"PLTE")
        size = 3 << layout.depth  # of a palette with a colour for every possible index
        parts += _chunk(b"PLTE", [bytes(palette[:size]).ljust(size, b"\0")])
    parts += [*_chunk(b"IDAT", list(_zlib_blocks(unpacked))), *_chunk(b"IEND", [])]
    return b"".join(parts)


def _unpack(packed: bytes, size: int) -> bytes | memoryview:
    """The first `size` bytes in the zlib format.

    Blocks of Deflate may be empty, or nearly so, and cost as much as large ones. Only the time tells.

    Raises:
        ValueError, isal_zlib.error: the data are truncated or damaged.
        ImageTooLarge: unpacking takes much longer than that of usual data.
    """
    stream = isal_zlib.decompressobj()
    if len(packed) <= PIECE:
        unpacked = bytes(stream.decompress(packed, size))
        if len(unpacked) < size:
            raise ValueError("truncated")
        return unpacked
    view, whole, done = memoryview(packed), np.empty(size, np.uint8).data, 0
    patience = min(PATIENCE_MS + size * PATIENCE_MS_PER_BYTE, MAX_PATIENCE_MS) / 1000
    started = time.thread_time()
    for start in range(0, len(packed), PIECE):
        part = stream.decompress(view[start : start + PIECE], size - done)
        whole[done : done + len(part)] = part
        done += len(part)
        if done == size:
            return whole
        if time.thread_time() - started > patience:
            raise ImageTooLarge("The photo takes too much time to decode: save it anew, or send it as a JPEG.")
    raise ValueError("truncated")


def _content(data: bytes, chunk: Chunk) -> memoryview:
    """The content of a chunk, after checking its checksum."""
    (checksum,) = struct.unpack_from(">I", data, chunk.end)
    view = memoryview(data)
    if isal_zlib.crc32(view[chunk.start - 4 : chunk.end]) != checksum:
        raise ValueError("damaged")
    return view[chunk.start : chunk.end]


def _check_filters(unpacked: bytes | memoryview, layout: Layout) -> None:
    """Refuses rows with unknown filters."""
    start = 0
    for rows, size in layout.passes:
        filters = np.frombuffer(unpacked, np.uint8, rows * size, start)[::size]
        if filters.max() >= FILTERS:
            raise ValueError("damaged")
        start += rows * size


def _zlib_blocks(data: bytes | memoryview) -> Iterator[bytes | memoryview]:
    """Wraps bytes in the zlib format (RFC 1950) without compressing them."""
    view = memoryview(data)
    yield b"\x78\x01"
    for start in range(0, len(data), BLOCK):
        block = view[start : start + BLOCK]
        last = start + BLOCK >= len(data)
        yield struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF)
        yield block
    yield struct.pack(">I", isal_zlib.adler32(data))


def _chunk(kind: bytes, content: list[bytes | memoryview]) -> list[bytes | memoryview]:
    """A chunk, as a list of its parts."""
    checksum = isal_zlib.crc32(kind)
    for part in content:
        checksum = isal_zlib.crc32(part, checksum)
    return [struct.pack(">I", sum(map(len, content))), kind, *content, struct.pack(">I", checksum)]
