"""YOLO's text files of boxes: one ``class cx cy width height`` per line, in fractions of the upright photo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from training.data.formats.yolo_names import Names
from training.data.listing import Box, Entry, Listing
from training.data.tree import Tree

IMAGES, LABELS = ("images", "jpegimages", "imgs", "photos"), ("labels", "labels_yolo", "annotations")
MAX_FRACTION = 2.0  # beyond it numbers are not fractions but pixels


class LabelFiles:
    """The text files of a tree, found by the photos that they belong to."""

    def __init__(self, tree: Tree, names: Names, keypoints: int = 0) -> None:
        """Lists the text files.

        Args:
            tree: the tree.
            names: labels by class number; empty if unknown.
            keypoints: numbers that follow each box for its keypoints.
        """
        self.names = names
        self.keypoints = keypoints
        self._by_place: dict[tuple[str, ...], Path] = {}
        self._by_stem: dict[str, list[Path]] = {}
        for file in tree.named(".txt"):
            self._by_place[_key(file)] = file
            self._by_stem.setdefault(file.stem.casefold(), []).append(file)

    def __bool__(self) -> bool:
        return bool(self._by_place)

    @property
    def files(self) -> set[Path]:
        """All text files."""
        return set(self._by_place.values())

    def of(self, photo: Path) -> Path | None:
        """The text file of a photo: in labels/ beside images/, in the photo's folder, or the only one of that name."""
        *folders, stem = _key(photo)
        places = [[*folders], [*folders, "labels"], [*folders[:-1], "labels"]]
        for position in reversed(range(len(folders))):
            if folders[position] in IMAGES:
                places[:0] = [[*folders[:position], labels, *folders[position + 1 :]] for labels in LABELS]
                break
        for place in places:
            if file := self._by_place.get((*place, stem)):
                return file
        same = self._by_stem.get(stem, [])
        return same[0] if len(same) == 1 else None


def add_photo(listing: Listing, part: str, photo: Path, files: LabelFiles) -> None:
    """Adds a photo with its boxes to a part of a listing."""
    file = files.of(photo)
    if file is None:
        listing.warnings.append(f"{photo.name}: no label file, taken as a photo without objects")
        listing.add(part, Entry(photo))
        return
    boxes, refused = parse(file.read_text("utf-8-sig", "replace"), file.name, files.names, files.keypoints)
    listing.warnings += refused
    listing.add(part, Entry(photo, boxes))


def parse(text: str, name: str, names: Names, keypoints: int = 0) -> tuple[list[Box], list[str]]:
    """Parses one file.

    Args:
        text: lines of ``class cx cy w h``, of the same with a confidence, which is ignored, or of
            ``class x1 y1 x2 y2 x3 y3 …`` (an outline, of which the bounding box is taken).
        name: the file's, for messages.
        names: labels by class number; empty if unknown.
        keypoints: numbers that follow each box for its keypoints.

    Returns:
        The boxes and what was refused.
    """
    boxes, refused = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        where = f"{name}: line {number}"
        try:
            boxes.append(_box(line.split(), where, names, keypoints))
        except ValueError as error:
            refused.append(f"{where}: {error}")
    return boxes, refused


def _box(words: list[str], where: str, names: Names, keypoints: int) -> Box:
    number, *values = [float(word) for word in words]
    if not number.is_integer() or number < 0 or (names and int(number) not in names):
        raise ValueError(f"there is no class {number:g}")
    if keypoints and len(values) == 4 + keypoints:
        values = values[:4]
    if any(not math.isfinite(value) or abs(value) > MAX_FRACTION for value in values):
        raise ValueError("the numbers are not fractions of the photo")
    return Box(names.get(int(number), f"class{number:g}"), _corners(values), where)


def _corners(values: Sequence[float]) -> tuple[float, float, float, float]:
    if len(values) in (4, 5):
        cx, cy, width, height = values[:4]
        return cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2
    if len(values) >= 6 and len(values) % 2 == 0:
        return min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])
    raise ValueError(f"expected a class and 4 numbers, got {len(values) + 1} words")


def _key(file: Path) -> tuple[str, ...]:
    """Folders and stem, so that upper and lower case are the same."""
    return (*(part.casefold() for part in file.parts[:-1]), file.stem.casefold())
