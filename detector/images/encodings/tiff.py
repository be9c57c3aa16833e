"""Reads the header of a TIFF file: the first directory's fields, and what decoding them costs."""

import numpy as np

from detector.images.encodings.header import SIDEWAYS, Header
from detector.images.encodings.tiff_fields import (
    BITS,
    COLOURS,
    COMPRESSION,
    HEIGHT,
    ORIENTATION,
    SAMPLE_KINDS,
    SAMPLES,
    STRIP_BYTES,
    TILE_BYTES,
    TILE_HEIGHT,
    TILE_WIDTH,
    WIDTH,
    Field,
    Parts,
    first,
    read_fields,
)
from detector.images.limits import Cost

MULTIPLIED, MULTIPLYING = 1, 2  # kinds of alpha: premultiplied, and not

LABS = {8, 9, 10}  # kinds of CIE L*a*b*, among the spaces of colours

NONE, JPEG = 1, 7
FAX = {2, 3, 4}
DEFLATE = {8, 32946}
COMPRESSIONS = FAX | DEFLATE | {NONE, 5, JPEG, 32773}  # LZW; PackBits
PROGRESSIVE = b"\xff\xc2"  # a marker of a JPEG whose scans would have to be counted

MAX_DEPTH = 16  # bits; the range of deeper samples is undefined
MAX_SAMPLES = 5  # per pixel: four inks and alpha
MAX_TILE = 1024  # pixels along a side, if the image itself is smaller

# See png.py. Pixels of a fax cost more, and so do bytes of a JPEG within a TIFF.
MS_PER_PIXEL, MS_PER_FAX_PIXEL, MS_PER_UNPACKED_BYTE, MS_PER_NEW_BYTE, MS_PER_JPEG_BYTE = 3e-6, 9e-6, 0.5e-6, 4e-6, 8e-6
MS_PER_COPIED_BYTE, MS_PER_INFLATED_BYTE, COPIES = 2e-6, 2.5e-6, 0.4
BYTES_PER_PIXEL = 4
# Of each strip and tile, whatever its size, since nothing else bounds their number. L*a*b* needs tables for each.
MS_PER_PART, MS_PER_DEFLATE_PART, MS_PER_JPEG_PART, MS_PER_LAB_PART, MS_PER_LAB_PIXEL = 5e-3, 5e-3, 50e-3, 80e-3, 40e-6


def read(data: bytes) -> Header:
    """The header of a TIFF file; see read_header."""
    fields = read_fields(data)
    width, height = (int(fields[each].values[0]) for each in (WIDTH, HEIGHT))
    depth, samples, compression = (first(fields, each) for each in (BITS, SAMPLES, COMPRESSION))
    if not (width and height and 1 <= depth <= MAX_DEPTH and 1 <= samples <= MAX_SAMPLES):
        raise ValueError("pixels that are not decoded")
    if compression not in COMPRESSIONS or (compression == JPEG and PROGRESSIVE in data):
        raise ValueError("a compression that is not decoded")
    _check_parts(fields, width, height, len(data))
    cost = _cost(fields, Parts.of(fields), len(data))
    if first(fields, ORIENTATION) in SIDEWAYS:  # decoders turn it upright themselves
        width, height = height, width
    return Header("TIFF", width, height, _without_alpha(data, fields), cost)


def _check_parts(fields: dict[int, Field], width: int, height: int, file_bytes: int) -> None:
    """Refuses strips and tiles that add up to more than the file, and tiles much larger than the image."""
    for tag in (STRIP_BYTES, TILE_BYTES):
        if tag in fields and fields[tag].values.sum(dtype=np.float64) > file_bytes:
            raise ValueError("parts that share their bytes, or are truncated")
    for tag, side in ((TILE_WIDTH, width), (TILE_HEIGHT, height)):
        if first(fields, tag) > max(MAX_TILE, side):
            raise ValueError("tiles larger than the image")
    if first(fields, TILE_WIDTH) * first(fields, TILE_HEIGHT) > max(MAX_TILE**2, width * height):
        raise ValueError("tiles larger than the image")


def _cost(fields: dict[int, Field], parts: Parts, file_bytes: int) -> Cost:
    """The cost without the output pixels."""
    compression, is_lab = first(fields, COMPRESSION), first(fields, COLOURS) in LABS
    per_pixel, per_part = (MS_PER_LAB_PIXEL, MS_PER_LAB_PART) if is_lab else (MS_PER_PIXEL, MS_PER_PART)
    if compression in FAX:
        per_pixel = MS_PER_FAX_PIXEL
    milliseconds = parts.pixels * per_pixel + parts.size * MS_PER_UNPACKED_BYTE
    memory: float = parts.pixels * BYTES_PER_PIXEL + parts.size + file_bytes
    if compression == JPEG:
        per_part += MS_PER_JPEG_PART
        milliseconds += file_bytes * MS_PER_JPEG_BYTE
    elif compression in DEFLATE:  # is unpacked and copied here
        per_part += MS_PER_DEFLATE_PART
        milliseconds += parts.size * MS_PER_COPIED_BYTE + min(parts.size, 8 * file_bytes) * MS_PER_INFLATED_BYTE
        memory += parts.size * COPIES
    elif compression != NONE:
        milliseconds += min(parts.size, 8 * file_bytes) * MS_PER_NEW_BYTE
    milliseconds += parts.count * per_part
    return Cost(milliseconds, memory)


def _without_alpha(data: bytes, fields: dict[int, Field]) -> bytes:
    """Marks a file's alpha as premultiplied, so that decoders leave the colours as they are."""
    if SAMPLE_KINDS not in fields or MULTIPLYING not in fields[SAMPLE_KINDS].values:
        return data
    position, _, values = fields[SAMPLE_KINDS]
    multiplied = np.where(values == MULTIPLYING, MULTIPLIED, values).astype(values.dtype).tobytes()
    return data[:position] + multiplied + data[position + len(multiplied) :]
