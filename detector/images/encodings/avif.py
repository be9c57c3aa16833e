"""Reads the boxes of an AVIF file (AV1 Image File Format; see boxes)."""

import struct
from collections.abc import Iterable

from detector.images.encodings import av1
from detector.images.encodings.boxes import Box, Item, boxes, primary_item, read_items
from detector.images.encodings.header import Header
from detector.images.limits import Cost

STILL, FILM = b"avif", b"avis"  # brands
CODED = b"av01"
GRID = b"grid"

MS_PER_PIXEL, MS_PER_BYTE = 17e-6, 80e-6
BYTES_PER_PIXEL = 14


def read(data: bytes) -> Header:
    """The header of an AVIF file; see read_header. Of an animation it is that of its still image."""
    file_type, *others = boxes(data, 0, len(data))
    brands = range(file_type.start, file_type.end, 4)
    if not {STILL, FILM} & {data[at : at + 4] for at in brands}:
        raise ValueError("another format")
    meta = next(each for each in others if each.kind == b"meta")
    items = read_items(data, meta)
    image = items[primary_item(data, meta)]
    if image.kind not in (CODED, GRID):
        raise ValueError("an item that is no image")
    if sum(end - start for each in items.values() for start, end in each.extents) > len(data):
        raise ValueError("items that share their bytes")
    if image.kind == GRID:
        _check_grid(image, items.values(), data)
    width, height = image.size(data)
    decoded = sum(av1.coded_pixels(each.content(data)) for each in items.values() if each.kind == CODED)
    pixels = max(decoded, width * height)
    cost = Cost(pixels * MS_PER_PIXEL + len(data) * MS_PER_BYTE, pixels * BYTES_PER_PIXEL + 2 * len(data))
    return Header("AVIF", width, height, _content(data, brands, others), cost, image.orientation(data))


def _check_grid(image: Item, items: Iterable[Item], data: bytes) -> None:
    """Refuses a grid of another size than the image's, or with more cells than there are images for them."""
    content = image.content(data)
    size = struct.unpack_from(">II" if content[1] & 1 else ">HH", content, 4)
    cells = (content[2] + 1) * (content[3] + 1)
    if size != image.size(data) or cells > sum(each.kind == CODED for each in items):
        raise ValueError("a grid that is not decoded")


def _content(data: bytes, brands: range, others: list[Box]) -> bytes:
    """The file without its film: decoders read its tables, however long, and would take its first frame."""
    content = bytearray(data)
    for at in brands:
        if data[at : at + 4] == FILM:
            content[at : at + 4] = STILL
    for each in others:
        if each.kind not in (b"meta", b"mdat"):
            content[each.at + 4 : each.at + 8] = b"free"
    return bytes(content)
