"""Reads the header of a BMP file."""

import struct

from detector.images.encodings.announced import Announced

CORE_HEADER = 12  # bytes of OS/2's header, whose sizes have 16 bits
WEIGHT = 1.0


def read(data: bytes) -> Announced:
    """What a BMP file announces; see read_header."""
    (header,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header == CORE_HEADER else "<ii", data, 18)
    if width < 1 or not height:
        raise ValueError("no pixels")
    return Announced(width, abs(height), data, weight=WEIGHT)  # rows from the top have a negative height
