"""Hostile JPEGs."""

import io
import struct
from collections.abc import Iterator
from random import Random

from PIL import Image

from tests.support.encoding import encode, exif, noise, upright

END = b"\xff\xd9"
SIDES = (0, 1, 7, 4096, 16_384, 16_385, 65_535)


def segment(marker: int, content: bytes) -> bytes:
    """A segment; a length that does not fit is cut to 16 bits."""
    return bytes([0xFF, marker]) + struct.pack(">H", (len(content) + 2) & 0xFFFF) + content


def empty_scans(side: int, scans: int) -> bytes:
    """A progressive grey JPEG whose scans change nothing in any block."""
    file = io.BytesIO()
    Image.new("L", (side, side), 128).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    first = data.rindex(b"\xff\xda")
    return data[:first] + segment(0xDA, struct.pack("6B", 1, 1, 0, 1, 63, 0)) * scans + END


def with_size(data: bytes, width: int, height: int, marker: int | None = None) -> bytes:
    """The same file with another size in its frame's header, perhaps of another kind."""
    at = next(data.index(bytes([0xFF, kind])) for kind in (0xC0, 0xC2) if bytes([0xFF, kind]) in data)
    header = bytes([0xFF, marker or data[at + 1]]) + data[at + 2 : at + 5] + struct.pack(">HH", height, width)
    return data[:at] + header + data[at + 9 :]


def with_factors(data: bytes, factors: int, component: int) -> bytes:
    """The same file with other sampling factors of a component."""
    at = data.index(b"\xff\xc0") + 11 + 3 * component
    return data[:at] + bytes([factors]) + data[at + 1 :]


def inserted(data: bytes, content: bytes) -> bytes:
    """The same file with something after its first marker."""
    return data[:2] + content + data[2:]


def variants(random: Random) -> Iterator[tuple[str, bytes]]:
    """Names and contents of hostile files."""
    for side in (64, 512, 2048):
        for scans in (1, 99, 100, 101, 1000, 8000):
            yield f"{scans} empty scans of {side} pixels", empty_scans(side, scans)
    plain, progressive = encode(noise(), "JPEG"), encode(noise(), "JPEG", progressive=True)
    for data in (plain, progressive):
        yield from _frames(data)
        yield from _segments(data, random)
        for tail in (plain, progressive, b"\xff\xda" * 100_000, b"\xff\xd0" * 100_000, bytes(1_000_000)):
            yield "more behind the end", data + tail
            yield "more before the end", data[:-2] + tail
    for component in range(3):
        for factors in (0x00, 0x11, 0x12, 0x21, 0x41, 0x14, 0x44, 0x55, 0xFF):
            yield f"component {component} sampled {factors:x}", with_factors(plain, factors, component)
    yield "two frames", plain[:-2] + progressive[2:]
    yield "restart after each block", encode(noise(), "JPEG", restart_marker_blocks=1)
    yield "inks", encode(noise().convert("CMYK"), "JPEG")
    yield "several images", _several()
    yield from _exif(plain)


def _frames(data: bytes) -> Iterator[tuple[str, bytes]]:
    for width in SIDES:
        for height in SIDES:
            yield f"{width} x {height}", with_size(data, width, height)
    for marker in range(0xC0, 0xD0):
        yield f"frame {marker:x}", with_size(data, 48, 32, marker)


def _segments(data: bytes, random: Random) -> Iterator[tuple[str, bytes]]:
    for marker in (0xC4, 0xDB, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE, 0xDD, 0xDC, 0xD8, 0xD0, 0x01):
        for size, times in ((0, 5001), (2, 6000), (64, 2000), (65_533, 100), (65_536, 2)):
            yield f"{times} x {marker:x} of {size}", inserted(data, segment(marker, bytes(size)) * times)
    for junk in (b"\xff" * 1_000_000, b"\0" * 1_000_000, b"\xff\x00" * 500_000, random.randbytes(100_000)):
        yield "rubbish between segments", inserted(data, junk)


def _exif(data: bytes) -> Iterator[tuple[str, bytes]]:
    for orientation in (0, 6, 255, 65_535):
        yield f"orientation {orientation}", encode(upright(), "JPEG", exif=exif(orientation))
    for start, count in ((8, 65_535), (0xFFFFFFFF, 1), (6, 1), (8, 0)):
        directory = b"II*\0" + struct.pack("<IH", start, count) + b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" * 5000
        yield "EXIF data that refer to themselves", inserted(data, segment(0xE1, b"Exif\0\0" + directory[:65_000]))


def _several() -> bytes:
    file = io.BytesIO()
    upright().save(file, "MPO", save_all=True, append_images=[noise() for _ in range(50)])
    return file.getvalue()
