"""Photos that are within the limits, small in pixels, and would keep a decoder or a reader busy for seconds."""

import struct
import zlib
from collections.abc import Iterator
from random import Random

from tests.support.encoding import chunk, encode, noise
from tests.support.hostile.avif import box, full
from tests.support.hostile.bits import BitWriter
from tests.support.hostile.bmp import bmp
from tests.support.hostile.gif import frame, gif
from tests.support.hostile.jpeg import END, inserted, segment, with_factors, with_size
from tests.support.hostile.png import SIGNATURE, header
from tests.support.hostile.tiff import grey, tiff
from tests.support.hostile.webp import canvas, webp
from tests.support.hostile.webp import chunk as webp_chunk

PACKBITS, DEFLATE = 32_773, 8
LAB = 8
EMPTY_BLOCKS = 2_000_000
MEDIA = 28 + 8  # the position of an AVIF's media, which come first, where no table's length moves them


def variants(random: Random) -> Iterator[tuple[str, bytes]]:
    """Names and contents of hostile files."""
    yield from _jpegs()
    yield from _pngs(random)
    yield from _gifs()
    yield from _webps()
    yield from _tiffs()
    yield "runs cut short", bmp(4000, 4000, 4, 2, start=54 + 64, colours=16, pixels=bytes(64) + b"\1\1" * 6_000_000)
    yield from _avifs()


def empty_blocks(times: int) -> bytes:
    """Deflate data of blocks that hold nothing, each of 10 bits."""
    bits = BitWriter()
    for _ in range(4):  # as many as end with a byte
        bits.put(0b010, 3)
        bits.put(0, 7)
    return b"\x78\x01" + bits.done() * (times // 4)


def empty_blocks_with_codes(times: int) -> bytes:
    """Deflate data of blocks that hold nothing but their own codes, for which a decoder makes tables."""
    bits = BitWriter()
    for _ in range(2):  # as many as end with a byte
        bits.put(0b100, 3)
        bits.put(0, 10)
        bits.put(14, 4)
        for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1):
            bits.put({18: 1, 0: 2, 1: 2}.get(symbol, 0), 3)
        for zeros in (138, 118):
            bits.put_reversed(0, 1)
            bits.put(zeros - 11, 7)
        bits.put_reversed(0b1111, 4)  # two codes of one bit
        bits.put_reversed(0, 1)
    return b"\x78\x01" + bits.done() * (times // 2)


def tiny_block(size: int) -> str:
    """A block of Deflate that holds some zeros and codes of its own, as bits."""
    bits = BitWriter()
    bits.put(0b100, 3)
    bits.put(0, 10)
    bits.put(14, 4)
    for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1):
        bits.put({18: 1, 0: 2, 1: 2}.get(symbol, 0), 3)
    bits.put_reversed(0b11, 2)  # a zero has one bit
    for zeros in (138, 117):
        bits.put_reversed(0, 1)
        bits.put(zeros - 11, 7)
    bits.put_reversed(0b1111, 4)  # so has the end
    bits.put_reversed(0, size)
    bits.put(1, 1)
    return bits.text


def tiny_blocks(width: int, height: int, rows: int, size: int = 8) -> bytes:
    """A TIFF of three samples per pixel whose strips are blocks of Deflate that hold some bytes each."""
    eight = tiny_block(size) * 8  # as many as end with a byte
    packed = int(eight[::-1], 2).to_bytes(len(eight) // 8, "little")
    count, times = -(-height // rows), -(-rows * width * 3 // size // 8)
    strip = b"\x78\x01" + packed * times
    start = 8 + len(strip) * count
    start += start % 2
    fields = grey(width, height, DEFLATE, len(strip), t258=8, t262=2, t277=3, t278=rows)
    if count > 1:
        fields |= {273: (273, 4, count, start), 279: (279, 4, count, start + 4 * count)}
    numbers = struct.pack(f"<{count}I", *range(8, 8 + len(strip) * count, len(strip)))
    numbers += struct.pack("<I", len(strip)) * count
    return tiff((fields[tag] for tag in sorted(fields)), (strip * count).ljust(start - 8, b"\0") + numbers)


def tiled(side: int, tile: bytes, *, compression: int, colours: int) -> bytes:
    """A TIFF of three samples per pixel, each pixel of which is a tile."""
    count = side * side
    fields = grey(side, side, compression, t258=8, t262=colours, t277=3, t322=1, t323=1)
    for tag in (273, 278, 279):
        del fields[tag]
    start = 8 + len(tile) * count
    offsets = struct.pack(f"<{count}I", *range(8, start, len(tile)))
    fields |= {324: (324, 4, count, start), 325: (325, 3, count, start + len(offsets))}
    return tiff((fields[tag] for tag in sorted(fields)), tile * count + offsets + struct.pack("<H", len(tile)) * count)


def rows(count: int, colours: int) -> bytes:
    """A TIFF of three samples per pixel and two pixels per row, each row of which is a strip."""
    start = 8 + 6 * count
    fields = grey(2, count, t258=8, t262=colours, t277=3, t278=1)
    fields |= {273: (273, 4, count, start), 279: (279, 4, count, start + 4 * count)}
    numbers = struct.pack(f"<{count}I", *range(8, start, 6)) + struct.pack("<I", 6) * count
    return tiff((fields[tag] for tag in sorted(fields)), bytes(6 * count) + numbers)


def described(kind: bytes, table: bytes) -> bytes:
    """An AVIF with another table of this kind in place of its own, or in addition."""
    data = encode(noise(), "AVIF")
    meta = data.index(b"meta") - 4
    (length,) = struct.unpack_from(">I", data, meta)
    content, media = data[meta + 12 : meta + length], data[data.index(b"mdat") + 4 :]
    own = content.find(kind) - 4
    if own >= 0:
        (size,) = struct.unpack_from(">I", content, own)
        content = content[:own] + table + content[own + size :]
        if kind == b"ipma":  # within another box
            outer = content.index(b"iprp") - 4
            grown = struct.unpack_from(">I", content, outer)[0] + len(table) - size
            content = content[:outer] + struct.pack(">I", grown) + content[outer + 4 :]
    else:
        content += table
    locations = content.find(b"iloc")
    if kind != b"iloc":
        content = content[: locations + 8] + _location(MEDIA, len(media)) + content[locations + 8 + 18 :]
    return box(b"ftyp", b"avif\0\0\0\0avifmif1miaf") + box(b"mdat", media) + full(b"meta", content)


def _location(start: int, size: int) -> bytes:
    """The numbers of a table of locations for one item."""
    return b"\x44\0" + struct.pack(">HHHHII", 1, 1, 0, 1, start, size)


def _jpegs() -> Iterator[tuple[str, bytes]]:
    plain = encode(noise(), "JPEG", subsampling=0)
    sampled = with_factors(plain, 0x31, 0)  # which libjpeg-turbo's own interface does not decode
    tables, resources = (b"\0" + b"\x10" * 64) * 1000, b"Photoshop 3.0\0" + (b"8BIM\x04\x04" + bytes(6)) * 5400
    for name, marker, content in (("tables", 0xDB, tables), ("resources", 0xED, resources)):
        yield f"odd sampling and 400 segments of {name}", inserted(sampled, segment(marker, content) * 400)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + bytes(65_000)
    yield "odd sampling and 500 segments of EXIF data", inserted(sampled, segment(0xE1, exif) * 500)
    restarted = inserted(with_size(encode(noise(), "JPEG"), 12_000, 9000), segment(0xDD, b"\0\1"))
    scan = restarted.rindex(b"\xff\xda") + 14
    marks = b"".join(bytes([0xFF, number]) for number in range(0xD0, 0xD8))
    yield "a restart at every unit", restarted[:scan] + marks * 100_000 + END


def _pngs(random: Random) -> Iterator[tuple[str, bytes]]:
    rest = chunk(b"IDAT", zlib.compress(bytes(97 * 32))) + chunk(b"IEND", b"")
    text = chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"x x " + b"00" * 130_000 + b"x", 9))
    yield "20,000 EXIF texts", SIGNATURE + header(32, 32) + text * 20_000 + rest
    pixels = chunk(b"IDAT", empty_blocks(4 * EMPTY_BLOCKS) + random.randbytes(100))
    yield "empty blocks of Deflate", SIGNATURE + header(32, 32) + pixels + chunk(b"IEND", b"")


def _gifs() -> Iterator[tuple[str, bytes]]:
    for kind in (0xFE, 0x01):
        extension = bytes([0x21, kind]) + b"\1a" * 190_000 + b"\0"
        yield f"40 extensions {kind:x} of short blocks", gif((32, 32), extension * 40, frame(0, 0, 32, 32))


def _webps() -> Iterator[tuple[str, bytes]]:
    still = encode(noise(), "WEBP")[12:]
    empty = webp_chunk(b"ANMF", bytes(16) + webp_chunk(b"ABCD", b"") * 4900)
    yield "800 frames without an image", webp(canvas(48, 32, 2), empty * 800, still)


def _tiffs() -> Iterator[tuple[str, bytes]]:
    yield "4 million tiles", tiled(2000, b"\x81\0", compression=PACKBITS, colours=2)
    yield "40,000 tiles of L*a*b*", tiled(200, b"\x81\0", compression=PACKBITS, colours=LAB)
    yield "16,000 strips of L*a*b*", rows(16_000, LAB)
    packed = empty_blocks_with_codes(EMPTY_BLOCKS)
    yield "a strip of tiny blocks of Deflate", tiny_blocks(1800, 1800, 1800)
    yield "strips of tiny blocks of Deflate", tiny_blocks(1800, 1800, 60)
    yield "a strip of empty blocks of Deflate", tiff(grey(1800, 1800, DEFLATE, len(packed)).values(), packed)


def _avifs() -> Iterator[tuple[str, bytes]]:
    many = range(2, 60_002)
    media = encode(noise(), "AVIF").split(b"mdat")[1]
    first = _location(MEDIA, len(media))
    places = first[:2] + struct.pack(">H", 60_001) + first[4:] + b"".join(struct.pack(">HHH", n, 0, 0) for n in many)
    yield "60,000 places of items", described(b"iloc", full(b"iloc", places))
    properties = b"\0\1\1\1" + b"".join(struct.pack(">HBB", number, 1, 1) for number in many)
    yield "properties of 60,000 items", described(b"ipma", full(b"ipma", struct.pack(">I", 60_001) + properties))
    named = b"".join(struct.pack(">HHH", number, 1, 1) for number in many)
    references = b"".join(box(b"thmb", named[at : at + 6]) for at in range(0, 6 * 4900, 6))
    wide = b"".join(box(b"dimg", struct.pack(">HH", n, 60_000) + struct.pack(">60000H", *many)) for n in (1, 2))
    yield "references to 4900 items", described(b"iref", full(b"iref", references))
    yield "references to 60,000 items", described(b"iref", full(b"iref", wide))
