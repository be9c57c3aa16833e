"""Reads the first directory of a TIFF file (TIFF 6.0; BigTIFF)."""

import struct
from dataclasses import dataclass

from detector.images.encodings.announced import SIDEWAYS, Announced


@dataclass(frozen=True, slots=True)
class Layout:
    """How a kind of TIFF file lays out its numbers.

    Attributes:
        order: of bytes, as struct names it.
        offset: struct's format of an offset in the file, and of a number of values.
        count: struct's format of the number of fields.
        first: where the offset of the first directory stands.
    """

    order: str
    offset: str = "I"
    count: str = "H"
    first: int = 4


LAYOUTS = {
    b"II*\0": Layout("<"),
    b"MM\0*": Layout(">"),
    b"II+\0": Layout("<", "Q", "Q", 8),
    b"MM\0+": Layout(">", "Q", "Q", 8),
}
BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
NUMBERS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # types that hold an unsigned integer

WIDTH, HEIGHT, COMPRESSION, ORIENTATION = 256, 257, 259, 274
STRIP_BYTES, TILE_WIDTH, TILE_HEIGHT, TILE_BYTES = 279, 322, 323, 325
# None, three for fax, LZW, JPEG, Deflate, PackBits, Deflate by its older number.
COMPRESSIONS = {1, 2, 3, 4, 5, 7, 8, 32773, 32946}

MAX_FIELDS = 500
MAX_TILE = 4096  # pixels along a side, where the image itself is smaller
WEIGHT = 2.5


def read(data: bytes) -> Announced:
    """What a TIFF file announces; see read_header."""
    fields = _fields(data, LAYOUTS[data[:4]])
    width, height = fields[WIDTH][0], fields[HEIGHT][0]
    if fields.get(COMPRESSION, [1])[0] not in COMPRESSIONS:
        raise ValueError("a compression that is not decoded")
    for tag in (STRIP_BYTES, TILE_BYTES):
        if sum(fields.get(tag, [])) > len(data):  # else each of thousands may be the whole file
            raise ValueError("truncated")
    for tag, side in ((TILE_WIDTH, width), (TILE_HEIGHT, height)):
        if fields.get(tag, [0])[0] > max(MAX_TILE, side):
            raise ValueError("tiles larger than the image")
    if fields.get(ORIENTATION, [1])[0] in SIDEWAYS:  # decoders turn it upright themselves
        width, height = height, width
    return Announced(width, height, data, weight=WEIGHT)


def _fields(data: bytes, layout: Layout) -> dict[int, list[int]]:
    """The unsigned integers of the first directory, by tag."""
    (start,) = struct.unpack_from(layout.order + layout.offset, data, layout.first)
    (count,) = struct.unpack_from(layout.order + layout.count, data, start)
    if count > MAX_FIELDS:
        raise ValueError("too many fields")
    start += struct.calcsize(f"={layout.count}")
    fields: dict[int, list[int]] = {}
    room = struct.calcsize(f"={layout.offset}")
    total = 0
    for index in range(count):
        position = start + index * (4 + 2 * room)
        tag, kind, values = struct.unpack_from(f"{layout.order}HH{layout.offset}", data, position)
        size = BYTES.get(kind, 1) * values
        total += size
        if total > len(data):  # decoders copy each field, also thousands on the same bytes
            raise ValueError("fields that share their bytes, or are truncated")
        position += 4 + room
        if size > room:
            (position,) = struct.unpack_from(layout.order + layout.offset, data, position)
        if position + size > len(data):
            raise ValueError("truncated")
        if kind in NUMBERS:
            fields[tag] = list(struct.unpack_from(f"{layout.order}{values}{NUMBERS[kind]}", data, position))
    return fields
