"""Reads the orientation from EXIF data."""

import struct

from detector.images.encodings.header import UPRIGHT

PREFIX = b"Exif\0\0"
ORIENTATION = 0x0112
INTEGERS = {1: "B", 3: "H", 4: "I"}  # types of a TIFF field
MAX_FIELDS = 1000


def orientation(data: bytes) -> int:
    """The orientation, 1 to 8, in EXIF data with or without their prefix; 1, upright, if absent or invalid.

    A sound photo is not refused for broken EXIF data.
    """
    try:
        value = _orientation(data.removeprefix(PREFIX))
    except (struct.error, KeyError):
        return UPRIGHT
    return value if value in range(1, 9) else UPRIGHT


def _orientation(data: bytes) -> int:
    """Reads the first directory. EXIF data are a small TIFF file (CIPA DC-008, section 4.6)."""
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, start)
    for index in range(min(count, MAX_FIELDS)):
        field = start + 2 + 12 * index
        tag, kind = struct.unpack_from(f"{order}HH", data, field)
        if tag == ORIENTATION:
            return int(struct.unpack_from(order + INTEGERS[kind], data, field + 8)[0])
    return UPRIGHT
