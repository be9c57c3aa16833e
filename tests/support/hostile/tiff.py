"""Hostile TIFFs."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from random import Random

from tests.support.encoding import encode, held, noise, upright

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIPS, ORIENTATION = 256, 257, 258, 259, 262, 273, 274
SAMPLES, ROWS, STRIP_BYTES, PLANAR, PREDICTOR = 277, 278, 279, 284, 317
TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, SUB_DIRECTORIES, EXTRA = 322, 323, 324, 325, 330, 338
SIDES = (0, 1, 300, 16_384, 65_535, 2**31, 2**32 - 1)
HUGE = (0, 1, 255, 65_535, 2**31 - 1, 2**32 - 1)

Field = tuple[int, int, int, int]  # tag, type, count, value or offset


def tiff(fields: Iterable[Field], body: bytes = b"", following: int = 0) -> bytes:
    """A file with these fields; the body starts at byte 8."""
    table = b"".join(struct.pack("<HHII", *field) for field in fields)
    directory = struct.pack("<H", len(table) // 12) + table + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + directory


def grey(width: int, height: int, compression: int = 1, size: int = 1000, **others: int) -> dict[int, Field]:
    """The fields of a grey image in one strip that starts at byte 8."""
    numbers = {WIDTH: width, HEIGHT: height, BITS: 8, COMPRESSION: compression, PHOTOMETRIC: 1, STRIPS: 8, SAMPLES: 1}
    numbers |= {ROWS: height, STRIP_BYTES: size} | {int(tag[1:]): value for tag, value in others.items()}
    return {tag: (tag, 4, 1, value & 0xFFFFFFFF) for tag, value in sorted(numbers.items())}


def shared_bytes(fields: int, size: int) -> bytes:
    """A file with many private fields that all share the same bytes."""
    private = [(40_000 + index % 25_000, 7, size, 8) for index in range(fields)]
    return tiff([*grey(8, 8).values(), *private], bytes(max(size, 64)))


def strips(count: int, size: int, compression: int = 8) -> bytes:
    """A file whose strips all share the same bytes."""
    packed = zlib.compress(bytes(size))
    numbers = struct.pack(f"<{count}I", *[8] * count) + struct.pack(f"<{count}I", *[len(packed)] * count)
    fields = grey(size, count, compression, t278=1)
    fields[STRIPS] = (STRIPS, 4, count, 8 + len(packed))
    fields[STRIP_BYTES] = (STRIP_BYTES, 4, count, 8 + len(packed) + 4 * count)
    return tiff(fields.values(), packed + numbers)


def variants(random: Random) -> Iterator[tuple[str, bytes]]:
    """Names and contents of hostile files."""
    for fields, size in ((400, 1 << 20), (2000, 1 << 20), (500, 1 << 16), (60_000, 1 << 10)):
        yield f"{fields} fields of the same {size} bytes", shared_bytes(fields, size)
    for count, size in ((1000, 1000), (16_000, 16_000), (5000, 200)):
        yield f"{count} strips of the same bytes", strips(count, size)
    yield from _sizes()
    yield from _fields()
    yield from _compressions(random)
    yield from _directories()
    for data in (encode(noise(), "TIFF"), held("TIFF", 6), encode(upright(), "TIFF", compression="jpeg")):
        for _ in range(60):
            at = random.randrange(4, len(data))
            yield "bytes changed", data[:at] + random.randbytes(random.choice([1, 2, 4])) + data[at + 4 :]


def _sizes() -> Iterator[tuple[str, bytes]]:
    for width in SIDES:
        for height in SIDES:
            yield f"{width} x {height}", tiff(grey(width, height).values(), bytes(1000))
    for side in (0, 1, 16, 1024, 1040, 65_536, 2**31, 2**32 - 16):
        for width, height in ((side, 16), (16, side), (side, side)):
            fields = grey(300, 300, t322=width, t323=height, t324=8, t325=1000)
            tiled = [field for tag, field in fields.items() if tag not in (STRIPS, STRIP_BYTES, ROWS)]
            yield f"tiles of {width} x {height}", tiff(tiled, bytes(1000))


def _fields() -> Iterator[tuple[str, bytes]]:
    for tag in (BITS, SAMPLES, ROWS, STRIPS, STRIP_BYTES, PLANAR, PREDICTOR, ORIENTATION, EXTRA, PHOTOMETRIC, 320, 347):
        for value in HUGE:
            yield f"{tag} is {value}", tiff(grey(300, 300, **{f"t{tag}": value}).values(), bytes(100_000))
            for kind in (1, 2, 3, 5, 7, 13, 16, 0, 255):
                fields = grey(300, 300) | {tag: (tag, kind, value, 8)}
                yield f"{tag} has {value} values", tiff((fields[each] for each in sorted(fields)), bytes(100_000))


def _compressions(random: Random) -> Iterator[tuple[str, bytes]]:
    for compression in (*range(10), 32_766, 32_771, 32_773, 32_809, 32_946, 34_712, 34_925, 50_000, 50_001, 65_535):
        body = random.randbytes(10_000)
        for bits, samples in ((1, 1), (8, 1), (8, 3), (8, 4), (16, 3), (32, 1), (64, 1)):
            fields = grey(3000, 3000, compression, len(body), t258=bits, t277=samples)
            yield f"compression {compression}", tiff(fields.values(), body)


def _directories() -> Iterator[tuple[str, bytes]]:
    for following in (8, 1008, 2**32 - 1):
        yield "directories in a loop", tiff(grey(30, 30).values(), bytes(1000), following)
        yield "inner directories", tiff(grey(30, 30, t330=following).values(), bytes(1000))
    big = b"II+\0\x08\0\0\0" + struct.pack("<Q", 16)
    for count in (0, 1, 2**16, 2**63):
        yield "BigTIFF", big + struct.pack("<Q", count) + struct.pack("<HHQQ", 256, 16, 1, 2**63) * 100
