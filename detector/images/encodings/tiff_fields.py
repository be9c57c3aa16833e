"""Reads the fields of the first directory of a TIFF file (TIFF 6.0; BigTIFF)."""

import struct
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Layout:
    """The number formats of a kind of TIFF file.

    Attributes:
        order: the byte order, in struct's notation.
        offset: struct's format of an offset in the file, and of the count of a field's values.
        count: struct's format of the count of fields.
        first: the position of the first directory's offset.
    """

    order: str
    offset: str = "I"
    count: str = "H"
    first: int = 4


class Field(NamedTuple):
    """A field: the position of its values in the file, its type, and the values; a fraction's are two."""

    position: int
    kind: int
    values: NDArray[np.unsignedinteger]


LAYOUTS = {
    b"II*\0": Layout("<"),
    b"MM\0*": Layout(">"),
    b"II+\0": Layout("<", "Q", "Q", 8),
    b"MM\0+": Layout(">", "Q", "Q", 8),
}
BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
FRACTION = 5
INTEGERS = {1: "u1", 3: "u2", 4: "u4", 16: "u8"}  # unsigned types, as numpy names them

WIDTH, HEIGHT, BITS, COMPRESSION, COLOURS, STRIPS, ORIENTATION, SAMPLES = 256, 257, 258, 259, 262, 273, 274, 277
ROWS, STRIP_BYTES, PLANES, PREDICTOR, WHITE, PALETTE = 278, 279, 284, 317, 318, 320
TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, INKS, SAMPLE_KINDS, FORMATS = 322, 323, 324, 325, 332, 338, 339
COEFFICIENTS, SUBSAMPLING, POSITIONING, BLACK_AND_WHITE = 529, 530, 531, 532
# All fields that define pixels, apart from those of certain compressions. The last are fractions.
NEEDED = {
    WIDTH, HEIGHT, BITS, COMPRESSION, COLOURS, STRIPS, ORIENTATION, SAMPLES,
    ROWS, STRIP_BYTES, PLANES, PREDICTOR, PALETTE,
    TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, INKS, SAMPLE_KINDS, FORMATS,
    SUBSAMPLING, POSITIONING,
}  # fmt: skip
FRACTIONS = {WHITE, COEFFICIENTS, BLACK_AND_WHITE}
TOGETHER = 1  # all samples of a pixel in one plane

MAX_FIELDS = 500


def read_fields(data: bytes) -> dict[int, Field]:
    """The needed fields of the first directory, by tag."""
    layout = LAYOUTS[data[:4]]
    (start,) = struct.unpack_from(layout.order + layout.offset, data, layout.first)
    (count,) = struct.unpack_from(layout.order + layout.count, data, start)
    if count > MAX_FIELDS:
        raise ValueError("too many fields")
    start += struct.calcsize(f"={layout.count}")
    room = struct.calcsize(f"={layout.offset}")
    fields: dict[int, Field] = {}
    total = 0
    for index in range(count):
        position = start + index * (4 + 2 * room)
        tag, kind, values = struct.unpack_from(f"{layout.order}HH{layout.offset}", data, position)
        size = BYTES.get(kind, 1) * values
        total += size
        position += 4 + room
        if size > room:
            (position,) = struct.unpack_from(layout.order + layout.offset, data, position)
        if total > len(data) or position + size > len(data):  # decoders copy each field, even if they share bytes
            raise ValueError("fields that share their bytes, or are truncated")
        if tag in NEEDED and (tag in fields or kind not in INTEGERS or not values):
            raise ValueError("fields that decoders may read otherwise")
        if tag in NEEDED:
            found = np.frombuffer(data, layout.order + INTEGERS[kind], values, position)
            fields[tag] = Field(position, kind, found)
        elif tag in FRACTIONS and kind == FRACTION:
            fields[tag] = Field(position, kind, np.frombuffer(data, layout.order + "u4", 2 * values, position))
    return fields


def first(fields: dict[int, Field], tag: int) -> int:
    """The first number of a field; 1, the usual default, if it is absent."""
    return int(fields[tag].values[0]) if tag in fields else 1


@dataclass(frozen=True, slots=True)
class Parts:
    """The strips or tiles of an image.

    Attributes:
        width, height: of each, pixels; the last strip may be lower.
        columns, rows: their numbers, next to each other and below each other.
        planes: the number of such grids, one after the other.
        samples: per pixel, in each plane.
        depth: bits per sample.
        total_height: of all rows of parts, pixels.
    """

    width: int
    height: int
    columns: int
    rows: int
    planes: int
    samples: int
    depth: int
    total_height: int

    @classmethod
    def of(cls, fields: dict[int, Field]) -> "Parts":
        """The parts that a file announces."""
        width, height = (int(fields[each].values[0]) for each in (WIDTH, HEIGHT))
        depth, samples = first(fields, BITS), first(fields, SAMPLES)
        if TILE_WIDTH in fields:
            across, down = first(fields, TILE_WIDTH), first(fields, TILE_HEIGHT)
        else:
            across, down = width, min(int(fields[ROWS].values[0]), height) if ROWS in fields else height
        if not (across and down):
            raise ValueError("parts without pixels")
        planes = 1 if first(fields, PLANES) == TOGETHER else samples
        columns, rows = -(-width // across), -(-height // down)
        total_height = rows * down if TILE_WIDTH in fields else height
        return cls(across, down, columns, rows, planes, samples // planes, depth, total_height)

    @property
    def count(self) -> int:
        """The number of parts."""
        return self.columns * self.rows * self.planes

    @property
    def pixels(self) -> int:
        """The pixels of all parts, those beyond the image's edges included."""
        return self.columns * self.width * self.total_height

    @property
    def size(self) -> int:
        """Bytes of all parts, unpacked."""
        return self.columns * self.row_bytes * self.total_height * self.planes

    @property
    def row_bytes(self) -> int:
        """Bytes of a row of one part."""
        return -(-self.width * self.samples * self.depth // 8)
