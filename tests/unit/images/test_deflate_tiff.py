"""detector/images/unpacking_tiff.py: TIFFs with Deflate have the pixels that they have without it."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from detector.errors import UnreadableImage
from detector.images import ImageLimits, decode
from detector.images.encodings.tiff_fields import Parts, read_fields
from detector.images.unpacking_tiff import unpack_tiff
from tests.support.encoding import encode, exif, noise, upright
from tests.support.hostile.tiff import grey, tiff

LIMITS = ImageLimits()
DEFLATE, OLD_DEFLATE, RAW = 8, 32_946, 1
SIDE = 100


def parted(compression: int, order: str, *, big: bool, **others: int) -> bytes:
    """A TIFF of noise in tiles, whose fields are in this order of bytes.

    Args:
        compression: of each tile.
        order: "<" or ">".
        big: True for a BigTIFF.
        others: planar 2 for samples in planes of their own, depth 8 or 16, predictor 2 for differences.
    """
    depth, planes, predictor = (others.get(name, value) for name, value in (("depth", 8), ("planar", 1), ("diff", 1)))
    tile, count = 48, -(-SIDE // 48)
    padded = np.zeros((tile * count, tile * count, 3), f"{order}u{depth // 8}")
    padded[:SIDE, :SIDE] = np.asarray(noise(SIDE, SIDE), np.uint16) * (1 if depth == 8 else 257)
    tiles = [
        part
        for plane in (range(3) if planes == 2 else (slice(None),))
        for row in range(count)
        for column in range(count)
        for part in [padded[tile * row : tile * (row + 1), tile * column : tile * (column + 1), plane]]
    ]
    if predictor == 2:
        tiles = [np.concatenate([part[:, :1], np.diff(part, axis=1)], axis=1).astype(part.dtype) for part in tiles]
    packed = [part.tobytes() if compression == RAW else zlib.compress(part.tobytes()) for part in tiles]
    return _file(packed, order, big=big, fields={
        256: [SIDE], 257: [SIDE], 258: [depth] * 3, 259: [compression], 262: [2], 277: [3], 284: [planes],
        317: [predictor], 322: [tile], 323: [tile],
    })  # fmt: skip


def _file(tiles: list[bytes], order: str, *, big: bool, fields: dict[int, list[int]]) -> bytes:
    kind, number, entries = (16, "Q", "Q") if big else (4, "I", "H")
    room = struct.calcsize(f"={number}")
    mark = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}H", 43 if big else 42)
    head = len(mark) + (4 if big else 0) + room
    starts = [head + sum(map(len, tiles[:index])) for index in range(len(tiles))]
    fields = fields | {324: starts, 325: [len(each) for each in tiles]}
    position = starts[-1] + len(tiles[-1])
    values, directory = b"", struct.pack(order + entries, len(fields))
    for tag, numbers in sorted(fields.items()):
        each = kind if tag in (324, 325) else 3
        content = struct.pack(f"{order}{len(numbers)}{number if each == kind else 'H'}", *numbers)
        directory += struct.pack(f"{order}HH{number}", tag, each, len(numbers))
        if len(content) > room:
            content, pointer = b"", struct.pack(order + number, position + len(values))
            values += struct.pack(f"{order}{len(numbers)}{number if each == kind else 'H'}", *numbers)
            directory += pointer
        directory += content.ljust(room if content else 0, b"\0")
    sizes = struct.pack(f"{order}HH", 8, 0) if big else b""
    return (
        mark
        + sizes
        + struct.pack(order + number, position + len(values))
        + b"".join(tiles)
        + values
        + directory
        + bytes(room)
    )


def pixels(data: bytes) -> NDArray[np.uint8]:
    """The decoded pixels."""
    return decode(data, LIMITS)


@pytest.mark.parametrize("compression", [DEFLATE, OLD_DEFLATE])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True], ids=["TIFF", "BigTIFF"])
@pytest.mark.parametrize("others", [{}, {"planar": 2}, {"depth": 16}, {"diff": 2}, {"depth": 16, "diff": 2}], ids=str)
def test_tiles(compression: int, order: str, big: bool, others: dict[str, int]) -> None:
    """Tiles of every kind, in either order of bytes, are the image."""
    found = pixels(parted(compression, order, big=big, **others))
    assert np.array_equal(found, np.asarray(noise(SIDE, SIDE)))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize("rows", [1, 7, 1000], ids=["rows", "strips", "one strip"])
@pytest.mark.parametrize("predictor", [1, 2], ids=["plain", "differences"])
def test_strips(mode: str, rows: int, predictor: int) -> None:
    """Strips of every kind of pixel are the image that they are without compression."""
    image = noise(61, 43).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image, np.uint16) * 257)
    if predictor == 2 and mode == "1":
        predictor = 1  # there is none for bits
    options: dict[str, Any] = {"tiffinfo": {278: rows}}
    plain = encode(image, "TIFF", **options)
    options["tiffinfo"] = {278: rows, 317: predictor}
    packed = encode(image, "TIFF", compression="tiff_adobe_deflate", **options)
    fields = read_fields(packed)
    assert fields[259].values[0] == DEFLATE
    assert Parts.of(fields).count == len(fields[273].values)
    assert np.array_equal(pixels(packed), pixels(plain))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(orientation: int) -> None:
    """The orientation is kept."""
    packed = encode(upright(), "TIFF", compression="tiff_adobe_deflate", exif=exif(orientation))
    assert np.array_equal(pixels(packed), pixels(encode(upright(), "TIFF", exif=exif(orientation))))


def test_colour_differences() -> None:
    """Samples of brightness and colour, which may come in blocks, keep their bytes."""
    blocks = np.random.default_rng(3).integers(60, 190, (24, 32, 6), np.uint8).tobytes()  # of 2 x 2 pixels
    files = []
    for compression, body in ((DEFLATE, zlib.compress(blocks)), (RAW, blocks)):
        fields = grey(64, 48, compression, len(body), t258=8, t262=6, t277=3)
        fields[530] = (530, 3, 2, 2 | 2 << 16)
        files.append(tiff((fields[tag] for tag in sorted(fields)), body))
    assert np.array_equal(pixels(files[0]), pixels(files[1]))
    assert len(unpack_tiff(files[0])) > len(blocks)


def test_metadata_are_left_out() -> None:
    """The decoder gets only the fields that define pixels."""
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[270] = "words " * 20_000
    packed = encode(noise(), "TIFF", compression="tiff_adobe_deflate", tiffinfo=info, icc_profile=bytes(50_000))
    assert len(unpack_tiff(packed)) < 20_000
    assert np.array_equal(pixels(packed), np.asarray(noise()))


def test_other_compressions_are_left_alone() -> None:
    """A file without Deflate is not rewritten."""
    data = encode(noise(), "TIFF", compression="tiff_lzw")
    assert unpack_tiff(data) is data


def test_truncated_strips() -> None:
    """A strip that holds less than its pixels is refused, and so is a missing one."""
    whole = zlib.compress(bytes(300 * 300))
    for body, height in ((zlib.compress(bytes(300 * 200)), 300), (whole[:60], 300), (b"", 300)):
        with pytest.raises(UnreadableImage):
            decode(tiff(grey(300, height, DEFLATE, len(body)).values(), body), LIMITS)
    with pytest.raises(UnreadableImage):
        decode(tiff(grey(300, 300, DEFLATE, len(whole), t278=100).values(), whole), LIMITS)


def test_pillow_agrees(photo: bytes) -> None:
    """A photo as a Deflate TIFF has the pixels that Pillow finds."""
    with Image.open(io.BytesIO(photo)) as image:
        packed = encode(image, "TIFF", compression="tiff_adobe_deflate")
    with Image.open(io.BytesIO(packed)) as image:
        assert np.array_equal(pixels(packed), np.asarray(image))
