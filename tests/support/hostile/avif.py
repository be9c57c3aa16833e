"""Hostile AVIFs."""

import struct
from collections.abc import Iterator
from random import Random

from tests.support.encoding import encode, noise, upright

HUGE = (0, 1, 48, 255, 16_384, 16_385, 65_536, 2**31 - 1, 2**32 - 1)


def box(kind: bytes, content: bytes, length: int | None = None) -> bytes:
    """A box, perhaps with a wrong length."""
    return struct.pack(">I", len(content) + 8 if length is None else length) + kind + content


def full(kind: bytes, content: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box with a version."""
    return box(kind, bytes([version]) + flags.to_bytes(3, "big") + content)


def replaced(data: bytes, kind: bytes, offset: int, content: bytes) -> bytes:
    """The same file with other bytes within its first box of a kind."""
    at = data.index(kind) + 4 + offset
    return data[:at] + content + data[at + len(content) :]


def grid(rows: int, columns: int, width: int, height: int, cells: int) -> bytes:
    """A file whose image is a grid that repeats one small image."""
    sound = encode(noise(), "AVIF")
    coded = sound[sound.index(b"mdat") + 4 :]
    layout = bytes([0, 1, rows - 1, columns - 1]) + struct.pack(">II", width, height)
    config = sound[sound.index(b"av1C") - 4 : sound.index(b"av1C") + 8]
    properties = box(
        b"ipco",
        full(b"ispe", struct.pack(">II", width, height)) + full(b"ispe", struct.pack(">II", 48, 32)) + config,
    )
    associations = full(b"ipma", struct.pack(">I", 2) + b"\0\1\1\1" + b"\0\2\2\2\x83")
    kinds = full(b"infe", b"\0\1\0\0grid\0", 2) + full(b"infe", b"\0\2\0\0av01\0", 2)
    start = 28 + 8  # of mdat's content: it comes first
    locations = struct.pack(">HHH", 1, 0, 1) + struct.pack(">II", start, len(layout))
    locations += struct.pack(">HHH", 2, 0, 1) + struct.pack(">II", start + len(layout), len(coded))
    meta = full(
        b"meta",
        full(b"hdlr", bytes(4) + b"pict" + bytes(13))
        + full(b"pitm", b"\0\1")
        + full(b"iloc", b"\x44\0\0\2" + locations)
        + full(b"iinf", b"\0\2" + kinds)
        + full(b"iref", box(b"dimg", struct.pack(">HH", 1, cells) + b"\0\2" * cells))
        + box(b"iprp", properties + associations),
    )
    return box(b"ftyp", b"avif\0\0\0\0avifmif1miaf") + box(b"mdat", layout + coded) + meta


def variants(random: Random) -> Iterator[tuple[str, bytes]]:
    """Names and contents of hostile files."""
    still = encode(noise(), "AVIF")
    film = encode(noise(), "AVIF", save_all=True, append_images=[upright()] * 3)
    for width in HUGE:
        for height in HUGE:
            yield f"{width} x {height}", replaced(still, b"ispe", 4, struct.pack(">II", width, height))
    for rows, columns in ((1, 1), (2, 2), (16, 16), (256, 256)):
        for width, height in ((48, 32), (48 * columns, 32 * rows), (5000, 5000), (65_535, 65_535), (2**32 - 1, 1)):
            yield f"{rows} x {columns} cells", grid(rows, columns, width, height, min(rows * columns, 65_535))
    for data in (still, film):
        yield from _changed(data, random)
    for kind in (b"stsz", b"stco", b"stsc", b"stts", b"mvhd", b"tkhd"):
        for number in HUGE:
            numbers = struct.pack(">III", 1, number, number)
            yield f"a film with {kind.decode()} {number}", replaced(film, kind, 4, numbers)
    yield "many boxes", still + box(b"free", b"") * 100_000
    yield "nested boxes", still + box(b"moov", box(b"trak", box(b"mdia", b"")) * 1000)
    sequence = still[still.index(b"mdat") + 4 :]
    yield "many frames", replaced(still, b"mdat", -8, struct.pack(">I", 0)) + sequence * 1000


def _changed(data: bytes, random: Random) -> Iterator[tuple[str, bytes]]:
    for kind in (b"meta", b"iloc", b"iinf", b"infe", b"iprp", b"ipco", b"ipma", b"ispe", b"pitm", b"av1C", b"mdat"):
        for length in (0, 1, 7, 8, 2**16, 2**31, 2**32 - 1):
            yield f"{kind.decode()} of {length}", replaced(data, kind, -8, struct.pack(">I", length))
        for _ in range(10):
            offset = random.randrange(20)
            yield f"{kind.decode()} changed", replaced(data, kind, offset, random.randbytes(random.choice([1, 4])))
    media = data.index(b"mdat") + 4
    for _ in range(150):
        at = random.randrange(media, min(len(data), media + 60))
        yield "a coded byte changed", data[:at] + random.randbytes(1) + data[at + 1 :]
