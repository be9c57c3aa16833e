"""Unpacks the strips or tiles of TIFF files with Deflate, so that libtiff only needs to copy them."""

import struct
from collections.abc import Iterator

import numpy as np

from detector.images.encodings.tiff import DEFLATE
from detector.images.encodings.tiff_fields import (
    BYTES,
    COLOURS,
    COMPRESSION,
    LAYOUTS,
    STRIP_BYTES,
    STRIPS,
    TILE_BYTES,
    TILES,
    Field,
    Parts,
    first,
    read_fields,
)
from detector.images.inflating import Inflater, stored

YCBCR = 6  # a space of colours whose samples may come in blocks
MAX_BLOCK = 4  # pixels along a side of such a block
OFFSETS = {"I": (4, "u4"), "Q": (16, "u8")}  # their type in a field, and in numpy


def unpack_tiff(data: bytes) -> bytes:
    """The same image without compression, if that is Deflate, and only with the fields that define its pixels.

    Raises:
        ValueError, isal_zlib.error: the file is damaged.
        ImageTooLarge: unpacking takes much longer than that of usual data.
    """
    fields = read_fields(data)
    if first(fields, COMPRESSION) not in DEFLATE:
        return data
    parts = Parts.of(fields)
    (positions,) = (fields.pop(tag).values.tolist() for tag in (STRIPS, TILES) if tag in fields)
    (sizes,) = (fields.pop(tag).values.tolist() for tag in (STRIP_BYTES, TILE_BYTES) if tag in fields)
    if not len(positions) == len(sizes) == parts.count:
        raise ValueError("strips or tiles that are missing")
    inflater, view = Inflater(parts.size), memoryview(data)
    has_blocks = first(fields, COLOURS) == YCBCR
    unpacked = []
    for position, size, limit in zip(positions, sizes, _limits(parts, has_blocks=has_blocks), strict=True):
        part = inflater.inflate(view[position : position + size], limit)
        if len(part) < limit and not has_blocks:
            raise ValueError("truncated")
        unpacked.append(b"".join(stored(part)))
    return _file(data, fields, unpacked)


def _limits(parts: Parts, *, has_blocks: bool) -> Iterator[int]:
    """The bytes of each part; the maximum if its samples may come in blocks."""
    for _ in range(parts.planes):
        for row in range(parts.rows):
            height, row_bytes = min(parts.height, parts.total_height - row * parts.height), parts.row_bytes
            if has_blocks:
                height, row_bytes = height + MAX_BLOCK, row_bytes * (parts.width + MAX_BLOCK) // parts.width
            for _ in range(parts.columns):
                yield row_bytes * height


def _file(data: bytes, fields: dict[int, Field], unpacked: list[bytes]) -> bytes:
    """A file with these fields and these strips.

    Args:
        data: the original file, whose kind the new one has.
        fields: all fields but the strips'.
        unpacked: the strips, or tiles, with their compression.
    """
    layout = LAYOUTS[data[:4]]
    kind, dtype = OFFSETS[layout.offset]
    head = layout.first + struct.calcsize(f"={layout.offset}")
    sizes = np.array([len(each) for each in unpacked], layout.order + dtype)
    position = head + int(sizes.sum())
    positions = (head + np.concatenate([[0], np.cumsum(sizes)[:-1]])).astype(sizes.dtype)
    every = {tag: (each.kind, each.values.tobytes()) for tag, each in fields.items()}
    every |= {STRIPS: (kind, positions.tobytes()), STRIP_BYTES: (kind, sizes.tobytes())}
    room = struct.calcsize(f"={layout.offset}")
    values, directory = b"", struct.pack(layout.order + layout.count, len(every))
    for tag, (each_kind, content) in sorted(every.items()):
        directory += struct.pack(f"{layout.order}HH{layout.offset}", tag, each_kind, len(content) // BYTES[each_kind])
        if len(content) <= room:
            directory += content.ljust(room, b"\0")
        else:
            directory += struct.pack(layout.order + layout.offset, position + len(values))
            values += content + bytes(len(content) % 2)
    start = struct.pack(layout.order + layout.offset, position + len(values))
    return b"".join([data[: layout.first], start, *unpacked, values, directory, bytes(room)])
