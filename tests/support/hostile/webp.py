"""Hostile WebPs."""

import struct
from collections.abc import Iterator
from random import Random

from tests.support.encoding import encode, exif, noise, upright
from tests.support.hostile.bits import BitWriter

SIDES = (1, 2, 48, 5000, 16_383, 16_384)


def chunk(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    """A chunk, perhaps with a wrong size."""
    return kind + struct.pack("<I", len(content) if size is None else size) + content + bytes(len(content) % 2)


def webp(*chunks: bytes) -> bytes:
    """A file with these chunks."""
    content = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def canvas(width: int, height: int, flags: int) -> bytes:
    """The chunk that announces an animation or metadata."""
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sizes)


def frame(left: int, top: int, width: int, height: int, image: bytes) -> bytes:
    """A frame of an animation."""
    numbers = b"".join(number.to_bytes(3, "little") for number in (left // 2, top // 2, width - 1, height - 1, 50))
    return chunk(b"ANMF", numbers + b"\0" + image)


def lossless(width: int, height: int, rest: bytes = bytes(100)) -> bytes:
    """A lossless image with next to no data."""
    return chunk(b"VP8L", struct.pack("<BI", 0x2F, width - 1 | height - 1 << 14) + rest)


def lossy(width: int, height: int, rest: bytes = bytes(100)) -> bytes:
    """A lossy image with next to no data."""
    return chunk(b"VP8 ", b"\x10\x02\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + rest)


def code_tables(side: int, groups: int) -> bytes:
    """A lossless image that has many groups of code tables, each of which a decoder builds: 3 bytes become 6 kB."""
    bits = BitWriter()
    bits.put(0, 2)  # no transforms, no colour cache
    bits.put(0b0001, 4)  # groups, each for 4 x 4 pixels
    bits.put(0, 1)  # the image of their numbers: no colour cache
    for alphabet in (280, 256):  # green and red; their codes have 8 bits
        bits.put(0, 1)
        bits.put(8, 4)
        for symbol in (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8):
            bits.put(symbol in (8, 18), 3)
        bits.put(0, 1 + 256)
        if alphabet > 256:
            bits.put(1 | 13 << 1, 8)
    for _ in range(3):
        bits.put(0b0001, 4)
    for index in range((side // 4) ** 2):
        bits.put_reversed(index % groups & 255, 8)
        bits.put_reversed(index % groups >> 8, 8)
    bits.put(int("0001" * 5, 2), 20, times=groups)
    return webp(lossless(side, side, bits.done() + bytes(100)))


def variants(random: Random) -> Iterator[tuple[str, bytes]]:
    """Names and contents of hostile files."""
    for side, groups in ((256, 4096), (1024, 16_384), (1024, 65_536), (4096, 65_536)):
        yield f"{groups} groups of code tables", code_tables(side, groups)
    still = encode(noise(), "WEBP")[12:]
    for width in SIDES:
        for height in SIDES:
            yield f"lossless, {width} x {height}", webp(lossless(min(width, 16_384), min(height, 16_384)))
            yield f"lossy, {width} x {height}", webp(lossy(width, height))
            for image in (still, lossy(width, height)):
                yield "another canvas", webp(canvas(width, height, 0), image)
                animated = canvas(width, height, 2), chunk(b"ANIM", bytes(6))
                yield "a frame on a canvas", webp(*animated, frame(0, 0, 48, 32, image))
                yield "a frame beside its canvas", webp(*animated, frame(width, height, 48, 32, image))
                yield "many frames", webp(*animated, *[frame(0, 0, 48, 32, image)] * 300)
    for kind in (b"ICCP", b"EXIF", b"XMP ", b"ALPH", b"ANIM", b"ABCD"):
        for content in (bytes(1_000_000), exif(6).tobytes(), b"", random.randbytes(1000)):
            yield f"with {kind.decode()}", webp(canvas(48, 32, 0x3C), chunk(kind, content), still)
            yield f"with {kind.decode()}, often", webp(canvas(48, 32, 0x3C), chunk(kind, content[:100]) * 6000, still)
    for size in (0, 1, 2**16, 2**31, 2**32 - 1):
        yield f"a size of {size}", webp(chunk(b"EXIF", b"", size), still)
        yield f"an image of size {size}", webp(still[:4] + struct.pack("<I", size) + still[8:])
        yield f"a file of size {size}", b"RIFF" + struct.pack("<I", size) + b"WEBP" + still
    whole = encode(noise(), "WEBP", lossless=False, save_all=True, append_images=[upright()])
    for data in (b"RIFF" + struct.pack("<I", len(still) + 4) + b"WEBP" + still, whole):
        for _ in range(60):
            at = random.randrange(12, len(data))
            yield "a byte changed", data[:at] + random.randbytes(1) + data[at + 1 :]
