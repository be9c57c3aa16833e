"""The annotations of photos, the same for all formats, before any photo is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FRACTIONS = (1.0, 1.0)
TRAIN, VAL, TEST = "train", "val", "test"
WORDS = {TRAIN: "train|training|trainval", VAL: "val|valid|validation|dev", TEST: "test|testing"}


@dataclass(frozen=True)
class Box:
    """One labelled box.

    Attributes:
        label: its label.
        xyxy: left, top, right, bottom, in the unit of its entry; not yet clipped or checked.
        where: the place of the annotation, for messages.
        ignored: True for objects that are neither to be learnt nor to be counted as false alarms: crowds, and boxes
            marked as difficult.
    """

    label: str
    xyxy: tuple[float, float, float, float]
    where: str
    ignored: bool = False


@dataclass
class Entry:
    """One photo and its boxes.

    Attributes:
        photo: the file.
        boxes: its boxes.
        size: width and height of the photo when it was annotated, pixels: the unit of the boxes. FRACTIONS for boxes in
            fractions of the upright photo, None for boxes in pixels of a photo whose size is not stated.
    """

    photo: Path
    boxes: list[Box] = field(default_factory=list)
    size: tuple[float, float] | None = FRACTIONS


@dataclass
class Listing:
    """The content of a format's files.

    Attributes:
        names: labels in class order; those that only boxes have come after them, in alphabetical order.
        named: False if no file names the classes: then the labels are class0, class1, ...
        parts: entries by part: TRAIN, VAL, TEST, or "" for photos that belong to none.
        warnings: refusals and other flaws, one sentence each.
    """

    names: list[str] = field(default_factory=list)
    named: bool = True
    parts: dict[str, list[Entry]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, part: str, entry: Entry) -> None:
        """Adds an entry to a part."""
        self.parts.setdefault(part, []).append(entry)

    @property
    def entries(self) -> list[Entry]:
        """The entries of all parts."""
        return [entry for entries in self.parts.values() for entry in entries]

    @property
    def boxes(self) -> int:
        """Number of boxes to learn or to measure."""
        return sum(not box.ignored for entry in self.entries for box in entry.boxes)


def part_of(path: Path, root: Path) -> str:
    """The part that a file belongs to by the names of its folders, the innermost first; "" if they name none."""
    folders = path.relative_to(root).parts[:-1] if path.is_relative_to(root) else ()
    return next((part for name in reversed(folders) if (part := part_named(name, among=""))), "")


def part_named(name: str, among: str = r"[^a-z]") -> str:
    """The part in a name, such as instances_train2017; "" if there is none.

    Args:
        name: of a file or a folder.
        among: pattern of what may stand between the part and other words; "" if there may be none.
    """
    before, after = (f"(.*{among})?", f"({among}.*)?") if among else ("", "")
    patterns = {part: rf"{before}({words})\d*{after}" for part, words in WORDS.items()}
    return next((part for part, pattern in patterns.items() if re.fullmatch(pattern, name.casefold())), "")
