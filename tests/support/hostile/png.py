"""Hostile PNGs."""

import struct
import zlib
from collections.abc import Iterator
from random import Random

from tests.support.encoding import chunk, encode, exif, exif_behind, noise

SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = chunk(b"IEND", b"")
SIDES = (0, 1, 48, 16_384, 16_385, 65_536, 2**31 - 1, 2**32 - 1)
HUGE_CHUNK = bytes.fromhex(  # one of 4 GB
    "89504e470d0a1a0a0000000d49484452000000400000003008020000002e29eb48"
    "fffffff04944415478 9cedc1010100000082 20ffaf6e48400100000000000000002f062430 0001"
)


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlaced: int = 0) -> bytes:
    """The chunk that announces an image."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def bomb(megabytes: int) -> bytes:
    """Zeros, compressed a thousandfold."""
    packer = zlib.compressobj(9)
    first = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    following = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + following * (megabytes - 1) + packer.flush()


def variants(random: Random) -> Iterator[tuple[str, bytes]]:
    """Names and contents of hostile files."""
    plain = encode(noise(), "PNG")
    start = SIGNATURE + plain[8:33]
    rest = plain[33:]
    zeros = bomb(64)
    yield "a chunk of 4 GB", HUGE_CHUNK
    for width in SIDES:
        for height in SIDES:
            yield f"{width} x {height}", SIGNATURE + header(width, height) + chunk(b"IDAT", zlib.compress(b"")) + END
    for depth in (0, 1, 2, 4, 8, 16, 32):
        for colour in range(8):
            for interlaced in (0, 1, 2):
                announced = header(3000, 3000, depth, colour, interlaced)
                yield f"{depth} bits, colour {colour}", SIGNATURE + announced + rest
    for name, content in {
        b"zTXt": b"text\0\0" + zeros,
        b"iCCP": b"profile\0\0" + zeros,
        b"iTXt": b"text\0\1\0\0\0" + zeros,
        b"Raw ": b"",
        b"eXIf": exif(6).tobytes() * 1000,
        b"acTL": struct.pack(">II", 2**31, 0),
        b"fcTL": struct.pack(">IIIIIHHBB", 0, 65_535, 65_535, 0, 0, 1, 1, 0, 0),
        b"PLTE": bytes(3_000_000),
        b"tRNS": bytes(1_000_000),
        b"gAMA": bytes(4),
        b"ABCD": bytes(10),
        b"IHDR": header(20_000, 20_000)[8:-4],
        b"IEND": b"",
        b"sPLT": b"name\0\x08" + bytes(1_000_000),
        b"hIST": bytes(1_000_000),
    }.items():
        yield f"with {name.decode()}", start + chunk(name, content) + rest
        yield f"with {name.decode()}, often", start + chunk(name, content[:1000]) * 2000 + rest
        yield f"with {name.decode()}, at the end", plain[:-12] + chunk(name, content) + END
    for text in (b"tEXt", b"zTXt"):
        for content in (b"\nexif\n8\n" + b"61 " * 500_000, zeros, b"", b"\n" * 1_000_000):
            yield "EXIF data as text", start + chunk(text, b"Raw profile type exif\0\0" + content) + rest
    yield "EXIF data behind", exif_behind(encode(noise(), "PNG", exif=exif(6)))
    yield "a bomb behind few pixels", SIGNATURE + header(1, 1) + chunk(b"IDAT", bomb(4096)) + END
    yield "60,000 chunks", start + chunk(b"IDAT", b"") * 60_000 + rest
    yield "chunks of a byte", start + b"".join(chunk(b"IDAT", bytes([each])) for each in rest[8:-16]) + END
    yield "no end", plain[:-12]
    yield "no pixels", start + END
    for _ in range(40):
        at = random.randrange(8, len(plain))
        length = random.choice([0, 1, 2**16, 2**24, 2**31 - 1, 2**31, 2**32 - 1])
        yield f"a length of {length}", plain[:at] + struct.pack(">I", length) + plain[at + 4 :]
        yield "a length that lies", start + struct.pack(">I", length) + rest[4:]
