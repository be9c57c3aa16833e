"""Reads the header of a BMP file."""

import struct

from detector.images.encodings.header import Header
from detector.images.limits import Cost

CORE_HEADER = 12  # bytes of OS/2's header, whose sizes have 16 bits
MAX_INDEX = 8  # bits per pixel of images with a palette; of the others, OpenCV cannot read all kinds, but Pillow can
RUNS = (1, 2)  # compressions: runs of pixels, of 8 and 4 bits

MS_PER_PIXEL, BYTES_PER_PIXEL, PILLOW_BYTES_PER_PIXEL = 8e-6, 4, 9


def read(data: bytes) -> Header:
    """The header of a BMP file; see read_header."""
    (size,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if size == CORE_HEADER else "<ii", data, 18)
    height = abs(height)  # negative if rows start at the top
    if width < 1 or not height:
        raise ValueError("no pixels")
    (bits,) = struct.unpack_from("<H", data, 24 if size == CORE_HEADER else 28)
    memory = BYTES_PER_PIXEL if bits <= MAX_INDEX else PILLOW_BYTES_PER_PIXEL
    return Header("BMP", width, height, data, Cost(width * height * MS_PER_PIXEL, width * height * memory))


def has_runs(data: bytes) -> bool:
    """True if a file's pixels are compressed, as runs."""
    size, compression = struct.unpack_from("<I12xI", data, 14)
    return size > CORE_HEADER and compression in RUNS
