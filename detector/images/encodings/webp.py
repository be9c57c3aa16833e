"""Reads the chunks of a WebP file (RFC 9649)."""

import struct
from collections.abc import Iterator
from dataclasses import replace

from detector.images.encodings import exif
from detector.images.encodings.header import UPRIGHT, Header
from detector.images.encodings.vp8l import blocks, max_code_groups
from detector.images.limits import Cost

MAX_CHUNKS = 5000
IMAGES = (b"VP8 ", b"VP8L")
LOSSLESS = 0x2F
HAS_ALPHA = 1 << 28

GROUP_MS, GROUP_BYTES, SKIPPED_MS = 9e-3, 5600, 1.5e-3
GROUP_BITS = 5 * 4 + 16  # that each takes at least, with its number
FEW_GROUPS = 20_000  # 180 ms and 112 MB, charged without a closer look

LOSSY_MS_PER_PIXEL, LOSSY_MS_PER_BYTE, LOSSY_BYTES_PER_PIXEL = 10e-6, 48e-6, 2
LOSSLESS_MS_PER_PIXEL, LOSSLESS_MS_PER_BYTE, LOSSLESS_BYTES_PER_PIXEL = 10e-6, 12e-6, 6


def read(data: bytes) -> Header:
    """The header of a WebP file; see read_header. For an animation, that of the first frame, on its canvas."""
    canvas, image, offset = None, None, (0, 0)
    exif_data = frame = None  # the first of each: searching thousands would take seconds
    for kind, start, end in _chunks(data, 12, 8 + struct.unpack_from("<I", data, 4)[0]):
        if kind == b"VP8X":
            canvas = 1 + _integer(data, start + 4), 1 + _integer(data, start + 7)
        elif kind == b"EXIF" and exif_data is None:
            exif_data = data[start:end]
        elif kind == b"ANMF" and frame is None and image is None:
            frame = start
            offset = 2 * _integer(data, start), 2 * _integer(data, start + 3)
            image = next((each for each in _chunks(data, start + 16, end) if each[0] in IMAGES), None)
        elif kind in IMAGES and image is None:
            image, canvas = (kind, start, end), None
    if image is None:
        raise ValueError("no image")
    orientation = exif.orientation(exif_data) if exif_data else UPRIGHT
    return _header(_still(data, *image), offset, canvas, orientation)


def _header(still: Header, offset: tuple[int, int], canvas: tuple[int, int] | None, orientation: int) -> Header:
    """The header of a still image, placed on a canvas if there is one."""
    width, height = canvas or (still.width, still.height)
    if offset[0] + still.width > width or offset[1] + still.height > height:
        raise ValueError("a frame that is not within the image")
    whole = (width, height) == (still.width, still.height)
    return replace(still, width=width, height=height, orientation=orientation, offset=None if whole else offset)


def _still(data: bytes, kind: bytes, start: int, end: int) -> Header:
    """The header of an image, with a file of the image alone: no alpha, no animation, no metadata."""
    if kind == b"VP8L":
        signature, bits = struct.unpack_from("<BI", data, start)
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        if signature != LOSSLESS:
            raise ValueError("no image")
        first = struct.pack("<BI", signature, bits & ~HAS_ALPHA)
        per_pixel, per_byte, memory = LOSSLESS_MS_PER_PIXEL, LOSSLESS_MS_PER_BYTE, LOSSLESS_BYTES_PER_PIXEL
    else:
        width, height = (each & 0x3FFF for each in struct.unpack_from("<HH", data, start + 6))
        first = b""
        per_pixel, per_byte, memory = LOSSY_MS_PER_PIXEL, LOSSY_MS_PER_BYTE, LOSSY_BYTES_PER_PIXEL
    size = end - start
    padding = bytes(size % 2)
    header = struct.pack("<4sI4s4sI", b"RIFF", 12 + size + len(padding), b"WEBP", kind, size)
    content = b"".join([header, first, memoryview(data)[start + len(first) : end], padding])
    cost = Cost(width * height * per_pixel + size * per_byte, width * height * memory + size)
    if kind == b"VP8L":
        cost += cost_of_codes(data[start:end], width, height)
    return Header("WEBP", width, height, content, cost)


def cost_of_codes(data: bytes, width: int, height: int) -> Cost:
    """The cost of the codes that a lossless image of some size can have, for which its header is read if need be."""
    groups, skipped = min(blocks(width, height, 2), len(data) * 8 // GROUP_BITS), 0
    if groups > FEW_GROUPS:
        most, skipped = max_code_groups(data, width, height)
        groups = min(groups, most)
    return Cost(groups * GROUP_MS + skipped * SKIPPED_MS, groups * GROUP_BYTES)


def _chunks(data: bytes, position: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The kind of each chunk, and the start and end of its content."""
    if end > len(data):
        raise ValueError("truncated")
    for _ in range(MAX_CHUNKS):
        if position + 8 > end:
            return
        kind, length = struct.unpack_from("<4sI", data, position)
        start, stop = position + 8, position + 8 + length
        if stop > end:
            raise ValueError("truncated")
        yield kind, start, stop
        position = stop + length % 2
    raise ValueError("too many chunks")


def _integer(data: bytes, position: int) -> int:
    """Reads a number of 24 bits."""
    return int.from_bytes(data[position : position + 3], "little")
