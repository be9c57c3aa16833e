"""Reads the chunks of a PNG file (W3C PNG, third edition, section 5)."""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from detector.images.encodings import exif
from detector.images.encodings.header import UPRIGHT, Header
from detector.images.limits import Cost

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 50_000
MAX_SIDE = 2**31 - 1

# Bits per sample that each colour type may have, and samples per pixel.
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PALETTE = 3

# The first pixel of each pass of an interlaced image, and the distance between its pixels.
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))

# EXIF data as text in hexadecimal digits, as ImageMagick wrote it before PNG knew EXIF.
EXIF_TEXT = b"Raw profile type exif\0"
MAX_EXIF_TEXT = 1 << 18  # bytes, unpacked; a JPEG's EXIF data are at most 65,533 bytes

# Unpacking a literal byte costs more than repeating an earlier one; each literal takes at least one bit of the file.
# Pixels of less than a byte are unpacked one by one, and libpng undoes filters fast for pixels of 3 and 4 bytes only.
MS_PER_PIXEL, MS_PER_INTERLACED_PIXEL, MS_PER_UNPACKED_BYTE, MS_PER_NEW_BYTE = 2e-6, 4.5e-6, 3.2e-6, 4e-6
MS_PER_SMALL_PIXEL, MS_PER_BYTE_OF_16_BITS = 4e-6, 1e-6
BYTES_PER_PIXEL, BYTES_PER_UNPACKED_BYTE = 1.2, 1.7


class Chunk(NamedTuple):
    """A chunk: its kind, and the start and end of its content."""

    kind: bytes
    start: int
    end: int


class Layout(NamedTuple):
    """The layout of an image's pixels, from the chunk IHDR."""

    width: int
    height: int
    depth: int
    colour: int
    compression: int
    filtering: int
    interlaced: int

    @classmethod
    def read(cls, data: bytes) -> "Layout":
        """The layout that a file announces."""
        layout = cls(*struct.unpack_from(">IIBBBBB", data, 16))
        if data[8:16] != b"\0\0\0\x0dIHDR" or not (0 < layout.width <= MAX_SIDE and 0 < layout.height <= MAX_SIDE):
            raise ValueError("no header")
        if layout.depth not in DEPTHS[layout.colour] or layout.compression or layout.filtering or layout.interlaced > 1:
            raise ValueError("a header that the standard does not define")
        return layout

    @property
    def passes(self) -> list[tuple[int, int]]:
        """The rows, and bytes per row, of each pass. Each row starts with its filter's number."""
        bits = SAMPLES[self.colour] * self.depth
        sizes = [
            (-(-(self.height - top) // down), -(-(self.width - left) // across))
            for left, top, across, down in (PASSES if self.interlaced else ((0, 0, 1, 1),))
        ]
        return [(rows, 1 + -(-columns * bits // 8)) for rows, columns in sizes if rows > 0 and columns > 0]

    @property
    def size(self) -> int:
        """Bytes of all rows."""
        return sum(rows * size for rows, size in self.passes)


def read(data: bytes) -> Header:
    """The header of a PNG file; see read_header."""
    layout = Layout.read(data)
    packed = 0
    exif_chunks: dict[bytes, Chunk] = {}  # the first of each kind: reading thousands of texts would take minutes
    for chunk in chunks(data):
        if chunk.kind == b"IDAT":
            packed += chunk.end - chunk.start
        elif chunk.kind not in exif_chunks and _has_exif(data, chunk):
            exif_chunks[chunk.kind] = chunk
    found = (_orientation(chunk.kind, data[chunk.start : chunk.end]) for chunk in exif_chunks.values())
    orientation = next((each for each in found if each is not None), UPRIGHT)
    unpacked, pixels = layout.size, layout.width * layout.height
    milliseconds = pixels * (MS_PER_INTERLACED_PIXEL if layout.interlaced else MS_PER_PIXEL)
    milliseconds += unpacked * MS_PER_UNPACKED_BYTE + min(unpacked, 8 * packed) * MS_PER_NEW_BYTE
    if layout.depth < 8:
        milliseconds += pixels * MS_PER_SMALL_PIXEL
    elif layout.depth > 8:
        milliseconds += unpacked * MS_PER_BYTE_OF_16_BITS
    cost = Cost(milliseconds, pixels * BYTES_PER_PIXEL + unpacked * BYTES_PER_UNPACKED_BYTE + packed)
    return Header("PNG", layout.width, layout.height, data, cost, orientation)


def chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks of a file, IEND included."""
    position = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, position)
        start, end = position + 8, position + 8 + length
        position = end + 4
        if position > len(data):
            raise ValueError("truncated")
        yield Chunk(kind, start, end)
        if kind == b"IEND":
            return
    raise ValueError("too many chunks")


def _has_exif(data: bytes, chunk: Chunk) -> bool:
    """True if a chunk announces EXIF data."""
    return chunk.kind == b"eXIf" or (chunk.kind in (b"tEXt", b"zTXt") and data.startswith(EXIF_TEXT, chunk.start))


def _orientation(kind: bytes, content: bytes) -> int | None:
    """The orientation in a chunk that announces EXIF data; None if it has none after all."""
    if kind == b"eXIf":
        return exif.orientation(content)
    text = content[len(EXIF_TEXT) :]
    try:
        if kind == b"zTXt":
            text = zlib.decompressobj().decompress(text[1:], MAX_EXIF_TEXT)
        return exif.orientation(bytes.fromhex(b"".join(text[:MAX_EXIF_TEXT].split()[2:]).decode("ascii")))
    except (zlib.error, ValueError):
        return None
