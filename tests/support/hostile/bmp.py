"""Hostile BMPs."""

import struct
from collections.abc import Iterator
from random import Random

SIDES = (0, 1, -1, 300, -300, 16_384, -16_384, 2**31 - 1, -(2**31))

RUNS = {
    "runs of nothing": b"\0\0",
    "jumps": b"\0\2\0\0",
    "long jumps": b"\0\2\xff\xff",
    "runs of one": b"\1\1",
    "ends": b"\0\1",
    "literals": b"\0\xff" + bytes(256),
}


def bmp(
    width: int,
    height: int,
    bits: int = 24,
    compression: int = 0,
    *,
    header: int = 40,
    start: int = 54,
    colours: int = 0,
    pixels: bytes = bytes(1000),
) -> bytes:
    """A file with these numbers in its header."""
    info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(pixels), 0, 0, colours, 0)
    return struct.pack("<2sIHHI", b"BM", 54 + len(pixels), 0, 0, start) + info + pixels


def variants(random: Random) -> Iterator[tuple[str, bytes]]:
    """Names and contents of hostile files."""
    for width in SIDES:
        for height in SIDES:
            yield f"{width} x {height}", bmp(width, height)
            yield f"{width} x {height}, in runs", bmp(width, height, 8, 1, colours=2)
    yield from _numbers()
    for name, runs in RUNS.items():
        for compression, bits in ((1, 8), (2, 4)):
            data = bytes(1024) + runs * 100_000
            yield name, bmp(3000, 3000, bits, compression, start=54 + 1024, colours=256, pixels=data)
    for _ in range(100):
        sound = bytearray(bmp(64, 64, random.choice([8, 16, 24, 32]), pixels=bytes(20_000)))
        for _ in range(random.randrange(1, 4)):
            sound[random.randrange(2, 54)] = random.randrange(256)
        yield "a header with other bytes", bytes(sound)


def _numbers() -> Iterator[tuple[str, bytes]]:
    pixels = bytes(300_000)
    for header in (0, 1, 11, 12, 16, 40, 52, 56, 64, 108, 124, 2**31, 2**32 - 1):
        yield f"a header of {header}", bmp(300, 300, header=header, pixels=pixels)
    for bits in (0, 1, 2, 4, 8, 15, 16, 24, 32, 48, 64, 65_535):
        for compression in (0, 1, 2, 3, 4, 5, 6, 11, 2**31):
            yield f"{bits} bits, compression {compression}", bmp(2000, 2000, bits, compression)
            yield f"{bits} bits, compression {compression}", bmp(300, 300, bits, compression, pixels=pixels)
    for colours in (1, 256, 257, 65_536, 2**31, 2**32 - 1):
        yield f"{colours} colours", bmp(300, 300, 8, colours=colours, pixels=pixels)
    for start in (0, 14, 53, 2**31 - 1, 2**31, 2**32 - 1):
        yield f"pixels from {start}", bmp(300, 300, start=start, pixels=pixels)
