"""Reads the first directory of a TIFF file (TIFF 6.0; BigTIFF)."""

import struct
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.images.encodings.header import SIDEWAYS, Header
from detector.images.limits import Cost


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
    """A field: the position of its values in the file, and the values."""

    position: int
    values: NDArray[np.unsignedinteger]


LAYOUTS = {
    b"II*\0": Layout("<"),
    b"MM\0*": Layout(">"),
    b"II+\0": Layout("<", "Q", "Q", 8),
    b"MM\0+": Layout(">", "Q", "Q", 8),
}
BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
INTEGERS = {1: "u1", 3: "u2", 4: "u4", 16: "u8"}  # unsigned types, as numpy names them

WIDTH, HEIGHT, BITS, COMPRESSION, COLOURS, ORIENTATION, SAMPLES = 256, 257, 258, 259, 262, 274, 277
ROWS, STRIP_BYTES, PLANES, TILE_WIDTH, TILE_HEIGHT, TILE_BYTES, SAMPLE_KINDS = 278, 279, 284, 322, 323, 325, 338
NEEDED = {
    WIDTH, HEIGHT, BITS, COMPRESSION, COLOURS, ORIENTATION, SAMPLES,
    ROWS, STRIP_BYTES, PLANES, TILE_WIDTH, TILE_HEIGHT, TILE_BYTES, SAMPLE_KINDS,
}  # fmt: skip
TOGETHER = 1  # all samples of a pixel in one plane
MULTIPLIED, MULTIPLYING = 1, 2  # kinds of alpha: premultiplied, and not

LABS = {8, 9, 10}  # kinds of CIE L*a*b*, among the spaces of colours

NONE, JPEG = 1, 7
FAX = {2, 3, 4}
DEFLATE = {8, 32946}
COMPRESSIONS = FAX | DEFLATE | {NONE, 5, JPEG, 32773}  # LZW; PackBits
PROGRESSIVE = b"\xff\xc2"  # a marker of a JPEG whose scans would have to be counted

MAX_FIELDS = 500
MAX_DEPTH = 16  # bits; the range of deeper samples is undefined
MAX_SAMPLES = 5  # per pixel: four inks and alpha
MAX_TILE = 1024  # pixels along a side, if the image itself is smaller
MAX_SURPLUS = 1 << 20  # bytes by which Deflate data may exceed what they hold; more are blocks of nothing

# See png.py. Pixels of a fax cost more, and so do bytes of a JPEG within a TIFF.
MS_PER_PIXEL, MS_PER_FAX_PIXEL, MS_PER_UNPACKED_BYTE, MS_PER_NEW_BYTE, MS_PER_JPEG_BYTE = 3e-6, 9e-6, 0.5e-6, 4e-6, 8e-6
BYTES_PER_PIXEL = 4
# Of each strip and tile, whatever its size, since nothing else bounds their number. L*a*b* needs tables for each.
MS_PER_PART, MS_PER_JPEG_PART, MS_PER_LAB_PART, MS_PER_LAB_PIXEL = 5e-3, 50e-3, 80e-3, 40e-6


def read(data: bytes) -> Header:
    """The header of a TIFF file; see read_header."""
    fields = _fields(data, LAYOUTS[data[:4]])
    width, height = (int(fields[each].values[0]) for each in (WIDTH, HEIGHT))
    depth, samples, compression = (_first(fields, each) for each in (BITS, SAMPLES, COMPRESSION))
    if not (width and height and 1 <= depth <= MAX_DEPTH and 1 <= samples <= MAX_SAMPLES):
        raise ValueError("pixels that are not decoded")
    if compression not in COMPRESSIONS or (compression == JPEG and PROGRESSIVE in data):
        raise ValueError("a compression that is not decoded")
    unpacked = width * height * depth * samples / 8
    most = min(len(data), 1.25 * unpacked + MAX_SURPLUS) if compression in DEFLATE else len(data)
    _check_parts(fields, width, height, most)
    cost = _cost(fields, width * height, unpacked, len(data))
    if _first(fields, ORIENTATION) in SIDEWAYS:  # decoders turn it upright themselves
        width, height = height, width
    return Header("TIFF", width, height, _without_alpha(data, fields), cost)


def _check_parts(fields: dict[int, Field], width: int, height: int, most_bytes: float) -> None:
    """Refuses strips and tiles that add up to more than may be, and tiles much larger than the image."""
    for tag in (STRIP_BYTES, TILE_BYTES):
        if tag in fields and fields[tag].values.sum(dtype=np.float64) > most_bytes:
            raise ValueError("parts that share their bytes, or are truncated")
    for tag, side in ((TILE_WIDTH, width), (TILE_HEIGHT, height)):
        if _first(fields, tag) > max(MAX_TILE, side):
            raise ValueError("tiles larger than the image")


def _cost(fields: dict[int, Field], pixels: int, unpacked: float, file_bytes: int) -> Cost:
    """The cost without the output pixels."""
    compression, is_lab = _first(fields, COMPRESSION), _first(fields, COLOURS) in LABS
    per_pixel, per_part = (MS_PER_LAB_PIXEL, MS_PER_LAB_PART) if is_lab else (MS_PER_PIXEL, MS_PER_PART)
    if compression in FAX:
        per_pixel = MS_PER_FAX_PIXEL
    milliseconds = pixels * per_pixel + unpacked * MS_PER_UNPACKED_BYTE
    if compression == JPEG:
        per_part += MS_PER_JPEG_PART
        milliseconds += file_bytes * MS_PER_JPEG_BYTE
    elif compression != NONE:
        milliseconds += min(unpacked, 8 * file_bytes) * MS_PER_NEW_BYTE
    milliseconds += _parts(fields) * per_part
    return Cost(milliseconds, pixels * BYTES_PER_PIXEL + unpacked + file_bytes)


def _parts(fields: dict[int, Field]) -> int:
    """The number of strips or tiles."""
    width, height = (int(fields[each].values[0]) for each in (WIDTH, HEIGHT))
    planes = _first(fields, SAMPLES) if _first(fields, PLANES) != TOGETHER else 1
    if TILE_WIDTH in fields:
        across, down = _first(fields, TILE_WIDTH), _first(fields, TILE_HEIGHT)
    else:
        across, down = width, min(int(fields[ROWS].values[0]), height) if ROWS in fields else height
    if not (across and down):
        raise ValueError("parts without pixels")
    return -(-width // across) * -(-height // down) * planes


def _first(fields: dict[int, Field], tag: int) -> int:
    """The first number of a field; 1, the usual default, if it is absent."""
    return int(fields[tag].values[0]) if tag in fields else 1


def _without_alpha(data: bytes, fields: dict[int, Field]) -> bytes:
    """Marks a file's alpha as premultiplied, so that decoders leave the colours as they are."""
    if SAMPLE_KINDS not in fields or MULTIPLYING not in fields[SAMPLE_KINDS].values:
        return data
    position, values = fields[SAMPLE_KINDS]
    multiplied = np.where(values == MULTIPLYING, MULTIPLIED, values).astype(values.dtype).tobytes()
    return data[:position] + multiplied + data[position + len(multiplied) :]


def _fields(data: bytes, layout: Layout) -> dict[int, Field]:
    """The needed fields of the first directory, by tag."""
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
        if tag in NEEDED:
            if tag in fields or kind not in INTEGERS or not values:
                raise ValueError("fields that decoders may read otherwise")
            fields[tag] = Field(position, np.frombuffer(data, layout.order + INTEGERS[kind], values, position))
    return fields
