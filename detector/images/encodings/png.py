"""Reads the chunks of a PNG file (W3C PNG, third edition, section 5)."""

import struct
import zlib

from detector.images.encodings import exif
from detector.images.encodings.announced import UPRIGHT, Announced

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NEEDED = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}  # all others only describe the image, animate it or make it transparent
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # per pixel, by colour type

# EXIF data as text in hexadecimal digits, as ImageMagick wrote it before PNG knew EXIF.
EXIF_TEXT = b"Raw profile type exif\0"
MAX_EXIF_TEXT = 1 << 18  # bytes, unpacked; a JPEG's EXIF data are at most 65,533 bytes

MAX_CHUNKS = 50_000


def read(data: bytes) -> Announced:
    """What a PNG file announces; see read_header."""
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    if data[12:16] != b"IHDR" or width < 1 or height < 1:
        raise ValueError("no header")
    position, orientation, dispensable = len(SIGNATURE), None, False
    parts = [SIGNATURE]
    for _ in range(MAX_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, position)
        start, position = position, position + length + 12
        if position > len(data):
            raise ValueError("truncated")
        if kind in NEEDED:
            parts.append(data[start:position])
        else:
            dispensable = True
        if orientation is None:
            orientation = _orientation(kind, data[start + 8 : position - 4])
        if kind == b"IEND":
            break
    else:
        raise ValueError("too many chunks")
    content = b"".join(parts) if dispensable or position < len(data) else data
    weight = _weight(SAMPLES[colour] * depth / 8, interlaced=bool(interlaced))
    return Announced(width, height, content, orientation or UPRIGHT, weight)


def _orientation(kind: bytes, content: bytes) -> int | None:
    """The orientation, if this chunk has EXIF data."""
    if kind == b"eXIf":
        return exif.orientation(content)
    if kind in (b"tEXt", b"zTXt") and content.startswith(EXIF_TEXT):
        text = content[len(EXIF_TEXT) :]
        try:
            text = zlib.decompressobj().decompress(text[1:], MAX_EXIF_TEXT) if kind == b"zTXt" else text
            return exif.orientation(bytes.fromhex(b"".join(text.split()[2:]).decode("ascii")))
        except (zlib.error, ValueError):
            return None
    return None


def _weight(bytes_per_pixel: float, *, interlaced: bool) -> float:
    return max(1.0, bytes_per_pixel - 1.0) * (1.5 if interlaced else 1)
