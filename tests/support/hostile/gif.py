"""Hostile GIFs."""

import base64
import struct
from collections.abc import Iterator
from random import Random

from tests.support.encoding import encode, noise, upright

HUGE_FRAME = base64.b64decode("R0lGODlhIAAgAPEAAAAAAAAAAAAAAAAAACH5BAkAAAAALAAAAAD/////AAICTAEAOw==")
SIDES = (0, 1, 48, 5000, 16_384, 65_535)
PIXELS = b"\x02\x02\x4c\x01\0"  # next to nothing


def gif(size: tuple[int, int], *blocks: bytes) -> bytes:
    """A file with a palette of two colours."""
    return b"GIF89a" + struct.pack("<HHBBB", *size, 0x80, 0, 0) + bytes(6) + b"".join(blocks) + b";"


def frame(left: int, top: int, width: int, height: int, *, flags: int = 0, pixels: bytes = PIXELS) -> bytes:
    """A frame."""
    return b"," + struct.pack("<HHHHB", left, top, width, height, flags) + pixels


def variants(random: Random) -> Iterator[tuple[str, bytes]]:
    """Names and contents of hostile files."""
    yield "a frame of 4 gigapixels", HUGE_FRAME
    for width in SIDES:
        for height in SIDES:
            yield f"{width} x {height}", gif((width, height), frame(0, 0, width, height))
            yield f"a frame of {width} x {height}", gif((32, 32), frame(0, 0, width, height))
            yield f"a frame from {width}, {height}", gif((32, 32), frame(width, height, 32, 32))
    for code in (*range(16), 255):
        for flags in (0, 0x40, 0x87, 0xC7):
            pixels = bytes([code]) + b"\xff" + random.randbytes(255) + b"\0"
            yield (
                f"codes of {code} bits",
                gif((300, 300), frame(0, 0, 300, 300, flags=flags, pixels=bytes(768) + pixels)),
            )
    whole = encode(noise(), "GIF", save_all=True, append_images=[upright() for _ in range(100)])
    yield "many frames", whole
    yield "many frames of 4 gigapixels", gif((32, 32), frame(0, 0, 32, 32), *[frame(0, 0, 65_535, 65_535)] * 1000)
    for block in (b"\xff" + bytes(255), b"\x01a"):
        for times in (1000, 100_000, 250_000):
            comment = b"!\xfe" + block * times + b"\0"
            yield f"{times} blocks of a comment", gif((32, 32), comment, frame(0, 0, 32, 32))
            yield (
                f"{times} blocks of pixels",
                gif((32, 32), frame(0, 0, 32, 32, pixels=b"\x02" + block * times + b"\0")),
            )
    for kind in (0x01, 0xF9, 0xFE, 0xFF, 0x00):
        extension = bytes([0x21, kind, 4]) + bytes(4) + b"\0"
        yield f"250,000 extensions {kind:x}", gif((32, 32), extension * 250_000, frame(0, 0, 32, 32))
    for _ in range(40):
        at = random.randrange(6, len(whole))
        yield "a byte changed", whole[:at] + random.randbytes(1) + whole[at + 1 :]
        yield "cut off", whole[: random.randrange(6, 2000)]
