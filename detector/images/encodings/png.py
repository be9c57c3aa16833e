"""Reads the chunks of a PNG file (W3C PNG, third edition, section 5)."""

import struct
import zlib

from detector.images.encodings import exif
from detector.images.encodings.header import UPRIGHT, Header
from detector.images.limits import Cost

SIGNATURE = b"\x89PNG\r\n\x1a\n"

# All others only describe the image, animate it or make it transparent.
NEEDED = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}

# EXIF data as text in hexadecimal digits, as ImageMagick wrote it before PNG knew EXIF.
EXIF_TEXT = b"Raw profile type exif\0"
MAX_EXIF_TEXT = 1 << 18  # bytes, unpacked; a JPEG's EXIF data are at most 65,533 bytes

MAX_CHUNKS = 50_000
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # per pixel, by colour type

# A byte that is unpacked costs more if it was not repeated from before; each such one takes a bit of the file or more.
MS_PER_PIXEL, MS_PER_INTERLACED_PIXEL, MS_PER_UNPACKED_BYTE, MS_PER_NEW_BYTE = 2e-6, 4.5e-6, 0.9e-6, 7e-6


def read(data: bytes) -> Header:
    """The header of a PNG file; see read_header."""
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    if data[12:16] != b"IHDR" or not width or not height:
        raise ValueError("no header")
    orientation = None
    needed = [(0, len(SIGNATURE))]
    position = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, position)
        start, position = position, position + length + 12
        if position > len(data):
            raise ValueError("truncated")
        if kind in NEEDED:
            needed.append((start, position))
        elif orientation is None:
            orientation = _orientation(kind, data[start + 8 : position - 4])
        if kind == b"IEND":
            break
    else:
        raise ValueError("too many chunks")
    packed = sum(end - start for start, end in needed)
    content = data if packed == len(data) else b"".join(memoryview(data)[start:end] for start, end in needed)
    unpacked = width * height * SAMPLES[colour] * depth / 8
    per_pixel = MS_PER_INTERLACED_PIXEL if interlaced else MS_PER_PIXEL
    milliseconds = width * height * per_pixel + unpacked * MS_PER_UNPACKED_BYTE
    cost = Cost(milliseconds + min(unpacked, 8 * packed) * MS_PER_NEW_BYTE, packed)
    return Header("PNG", width, height, content, cost, orientation or UPRIGHT)


def _orientation(kind: bytes, content: bytes) -> int | None:
    """The orientation, if this chunk has EXIF data."""
    if kind == b"eXIf":
        return exif.orientation(content)
    if kind in (b"tEXt", b"zTXt") and content.startswith(EXIF_TEXT):
        text = content[len(EXIF_TEXT) :]
        try:
            if kind == b"zTXt":
                text = zlib.decompressobj().decompress(text[1:], MAX_EXIF_TEXT)
            return exif.orientation(bytes.fromhex(b"".join(text[:MAX_EXIF_TEXT].split()[2:]).decode("ascii")))
        except (zlib.error, ValueError):
            return None
    return None
