"""Reads the boxes of AVIF and HEIC files, and the items in them (ISO/IEC 14496-12 and 23008-12)."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

GRID = b"grid"

MAX_BOXES = 5000
MAX_ENTRIES = 20_000  # of all tables together
MAX_ITEMS = 3000  # named by one table, since decoders search the list of items for each; 108 megapixels take 1650 tiles

# The boxes that describe items, within those that may hold them. Each occurs once; decoders would read all.
TABLES = {b"hdlr", b"pitm", b"iinf", b"iloc", b"iprp", b"iref", b"idat", b"dinf", b"ipco", b"ipma"}

# EXIF orientations, by an image's properties: quarter turns to the left, and the axis of mirroring.
ORIENTATIONS = {
    (0, None): 1, (1, None): 8, (2, None): 3, (3, None): 6,
    (0, 0): 4, (1, 0): 5, (2, 0): 2, (3, 0): 7,
    (0, 1): 2, (1, 1): 7, (2, 1): 4, (3, 1): 5,
}  # fmt: skip


class Box(NamedTuple):
    """A box: its kind, its start in the file, and the start and end of its content."""

    kind: bytes
    at: int
    start: int
    end: int


@dataclass(slots=True)
class Item:
    """An item of a file, such as an image.

    Attributes:
        kind: its type, four letters.
        extents: the start and end of each of its parts in the file.
        properties: boxes that describe it.
    """

    kind: bytes
    extents: list[tuple[int, int]] = field(default_factory=list)
    properties: list[Box] = field(default_factory=list)

    def size(self, data: bytes) -> tuple[int, int]:
        """The width and height that it announces, pixels."""
        box = next(each for each in self.properties if each.kind == b"ispe")
        width, height = struct.unpack_from(">II", data, box.start + 4)
        return int(width), int(height)

    def orientation(self, data: bytes) -> int:
        """The EXIF orientation equivalent to its properties."""
        turned = {each.kind: data[each.start] for each in self.properties if each.kind in (b"irot", b"imir")}
        axis = turned[b"imir"] & 1 if b"imir" in turned else None
        return ORIENTATIONS[turned.get(b"irot", 0) & 3, axis]

    def matrices(self, data: bytes) -> list[int]:
        """The numbers of the matrices from RGB that it announces (ITU-T H.273)."""
        colours = [each for each in self.properties if each.kind == b"colr" and data.startswith(b"nclx", each.start)]
        return [int.from_bytes(data[each.start + 8 : each.start + 10], "big") for each in colours]

    def content(self, data: bytes) -> bytes:
        """Its bytes."""
        return b"".join(data[start:end] for start, end in self.extents)


class Table:
    """Reads numbers from a box, one after the other."""

    def __init__(self, data: bytes, box: Box) -> None:
        self._data, self._position, self._end = data, box.start, box.end
        self.version = self.take(1)
        self.flags = self.take(3)

    def take(self, size: int) -> int:
        """Reads a number of `size` bytes; 0 if `size` is 0."""
        start, self._position = self._position, self._position + size
        if self._position > self._end:
            raise ValueError("truncated")
        return int.from_bytes(self._data[start : self._position], "big")


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes between two positions, in order."""
    for _ in range(MAX_BOXES):
        if start == end:
            return
        length, kind = struct.unpack_from(">I4s", data, start)
        header = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, start + 8)
            header = 16
        stop = start + length if length else end
        if start + header > stop or stop > end:
            raise ValueError("truncated")
        yield Box(kind, start, start + header, stop)
        start = stop
    raise ValueError("too many boxes")


def inside(data: bytes, box: Box, skip: int = 0) -> dict[bytes, Box]:
    """The boxes within a box, by kind; skips the first `skip` bytes of its content."""
    found: dict[bytes, Box] = {}
    for each in boxes(data, box.start + skip, box.end):
        if each.kind in found and each.kind in TABLES:
            raise ValueError("two tables of one kind")
        found[each.kind] = each
    return found


def freed(data: bytes, found: Iterable[Box]) -> bytearray:
    """The file with these boxes marked as free space, so that decoders skip them."""
    content = bytearray(data)
    for each in found:
        content[each.at + 4 : each.at + 8] = b"free"
    return content


def superfluous(data: bytes, meta: Box) -> list[Box]:
    """The boxes of a file's description that an image does not need; decoders would read their tables, however long."""
    return [each for each in boxes(data, meta.start + 4, meta.end) if each.kind not in TABLES]


def read_items(data: bytes, meta: Box) -> tuple[list[Item], Item]:
    """The items of a file, and the one that is the image to show."""
    tables = inside(data, meta, 4)
    primary = Table(data, tables[b"pitm"])
    items = dict(_kinds(data, tables[b"iinf"]))
    for number, extents in _extents(data, tables[b"iloc"], tables.get(b"idat")):
        if number in items:
            items[number].extents = extents
    described = inside(data, tables[b"iprp"])
    properties = list(boxes(data, described[b"ipco"].start, described[b"ipco"].end))
    if b"iref" in tables:
        _check_references(data, tables[b"iref"])
    for number, indices in _associations(Table(data, described[b"ipma"])):
        if number in items:
            items[number].properties += [properties[index - 1] for index in indices if index]
    return list(items.values()), items[primary.take(4 if primary.version else 2)]


def check_image(image: Item, items: list[Item], data: bytes, coded: bytes) -> None:
    """Refuses items that share bytes, and an image that is neither of the kind `coded` nor a grid of such images."""
    if sum(end - start for each in items for start, end in each.extents) > len(data):
        raise ValueError("items that share their bytes")
    if image.kind == coded:
        return
    content = image.content(data)
    size = struct.unpack_from(">II" if content[1] & 1 else ">HH", content, 4)
    cells = (content[2] + 1) * (content[3] + 1)
    if image.kind != GRID or size != image.size(data) or cells > sum(each.kind == coded for each in items):
        raise ValueError("an image that is not decoded")


def _kinds(data: bytes, box: Box) -> Iterator[tuple[int, Item]]:
    version = data[box.start]
    for each in boxes(data, box.start + (8 if version else 6), box.end):
        table = Table(data, each)
        number = table.take(2 if table.version < 3 else 4)
        table.take(2)
        yield number, Item(table.take(4).to_bytes(4, "big"))


def _extents(data: bytes, box: Box, idat: Box | None) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    table = Table(data, box)
    sizes = table.take(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if table.version == 2 else 2
    entries = 0
    for _ in range(_items(table.take(wide))):
        number = table.take(wide)
        method = table.take(2) & 15 if table.version else 0
        table.take(2)
        base = table.take(base_size)
        first, last = 0, len(data)
        if method == 1 and idat:
            first, last = idat.start, idat.end
        elif method:
            raise ValueError("items made of items")
        extents = []
        for _ in range(table.take(2)):
            entries += 1
            table.take(index_size if table.version else 0)
            start = first + base + table.take(offset_size)
            end = start + table.take(length_size) if length_size else last
            if end > last or entries > MAX_ENTRIES:
                raise ValueError("truncated")
            extents.append((start, end))
        yield number, extents


def _associations(table: Table) -> Iterator[tuple[int, list[int]]]:
    wide, mask = (2, 0x7FFF) if table.flags & 1 else (1, 0x7F)
    entries = 0
    for _ in range(_items(table.take(4))):
        number = table.take(4 if table.version else 2)
        indices = [table.take(wide) & mask for _ in range(table.take(1))]
        entries += len(indices)
        if entries > MAX_ENTRIES:
            raise ValueError("too many properties")
        yield number, indices


def _check_references(data: bytes, box: Box) -> None:
    """Refuses a table that names too many items."""
    wide = 4 if data[box.start] else 2
    named = 0
    for each in boxes(data, box.start + 4, box.end):
        named += int.from_bytes(data[each.start + wide : each.start + wide + 2], "big") + 1
        _items(named)


def _items(count: int) -> int:
    """The number of items that a table names.

    Raises:
        ValueError: they are too many.
    """
    if count > MAX_ITEMS:
        raise ValueError("too many items")
    return count
