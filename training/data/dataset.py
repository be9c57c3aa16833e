"""A data set: labelled photos to learn from and to measure on, read from a folder in any of the FORMATS."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.formats import FORMATS
from training.data.listing import TEST, TRAIN, VAL, Entry, Listing
from training.data.loading import load
from training.data.photo import IGNORED, Photo
from training.data.tree import Tree

SHOWN_REFUSALS = 5
HELD_OUT = 0.1  # of the photos, if no part is for measuring


@dataclass
class Dataset:
    """The photos of a folder.

    Attributes:
        names: labels, in class order.
        train: photos to learn from.
        val: photos to measure on.
        negatives: further photos without any object, to learn from.
        warnings: the folder's flaws, one sentence each; none of them stopped the reading.
        format: a key of FORMATS.
    """

    names: list[str]
    train: list[Photo]
    val: list[Photo]
    negatives: list[Photo] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    format: str = ""

    def sides(self) -> NDArray[np.float64]:
        """The mean sides of the boxes to learn from, in fractions of their photos' longer sides."""
        sides = [np.zeros(0)]
        for photo in self.train:
            boxes = photo.boxes_xyxy[photo.class_ids != IGNORED]
            sides.append(np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(1)) / max(photo.pixels.shape[:2]))
        return np.concatenate(sides)

    def counts(self, photos: list[Photo]) -> dict[str, int]:
        """Number of boxes of each label."""
        found = Counter(int(index) for photo in photos for index in photo.class_ids)
        return {name: found[index] for index, name in enumerate(self.names)}


@dataclass(frozen=True)
class Reading:
    """Options of read_dataset.

    Attributes:
        longest: photos are shrunk to at most this many pixels per side, since all are held in memory.
        single_name: the label if there is one class and no file names it.
        format: a key of FORMATS; None for the first that finds a box.
        seed: decides which photos are held out.
        hold_out: if no part is for measuring, hold a tenth of the photos out; else measure on all of them.
    """

    longest: int = 640
    single_name: str = "object"
    format: str | None = None
    seed: int = 0
    hold_out: bool = True


def read_dataset(path: Path, reading: Reading) -> Dataset:
    """Reads a folder, or one annotation file with the photos around it.

    Raises:
        FileNotFoundError: there is no such folder, or no box was found.
        ValueError: no format has this name.
    """
    tree = Tree(path)
    name, listing = _listing(tree, reading.format)
    names = _names(listing, reading.single_name)
    parts = _parts(listing)
    class_of = {label: index for index, label in enumerate(names)}
    if names == [reading.single_name] and not listing.named:
        class_of["class0"] = 0
    photos = {}
    for part, entries in parts.items():
        photos[part], refused = load(entries, class_of, reading.longest, f"reading {part}")
        listing.warnings += refused
    train, val = photos[TRAIN], photos.get(VAL, [])
    if not any(photo.objects for photo in [*train, *val]):
        raise _nothing(tree, listing.warnings)
    if not val:
        train, val = split(train, reading.seed) if reading.hold_out else (train, train)
        sentence = _split_sentence(train, val) if reading.hold_out else "no val part: all photos are measured"
        listing.warnings.append(sentence)
    dataset = Dataset(names, train, val, warnings=listing.warnings, format=name)
    empty = [label for label, count in dataset.counts(train).items() if not count]
    if empty:
        dataset.warnings.append(f"no box in train for {len(empty)} of {len(names)} classes: {', '.join(empty)}")
    return dataset


def read_photos(folder: Path, longest: int, warnings: list[str]) -> list[Photo]:
    """Reads a folder of photos without objects (hard negatives); its labels, if any, are ignored."""
    photos, refused = load([Entry(photo) for photo in Tree(folder).photos], {}, longest, f"reading {folder}")
    warnings += refused
    return photos


def split(photos: list[Photo], seed: int) -> tuple[list[Photo], list[Photo]]:
    """Holds a tenth out, at least one, of the photos with objects and of those without."""
    rng = np.random.default_rng(seed)
    held: set[int] = set()
    for objects in (True, False):
        group = [index for index, photo in enumerate(photos) if bool(photo.objects) == objects]
        count = round(HELD_OUT * len(group))
        held.update(rng.permutation(group)[: max(1, count) if objects and len(group) > 1 else count].tolist())
    train = [photo for index, photo in enumerate(photos) if index not in held]
    return train, [photos[index] for index in sorted(held)]


def _listing(tree: Tree, format_name: str | None) -> tuple[str, Listing]:
    """The listing of the first format that finds a box, and its name."""
    if format_name is not None and format_name not in FORMATS:
        raise ValueError(f"there is no format {format_name}: choose one of {', '.join(FORMATS)}")
    warnings: list[str] = []
    for name, read in FORMATS.items():
        listing = read(tree) if format_name in (None, name) else None
        if listing and listing.boxes:
            return name, listing
        warnings += listing.warnings if listing else []
    raise _nothing(tree, warnings)


def _nothing(tree: Tree, warnings: list[str]) -> FileNotFoundError:
    """The error for a folder without a usable box, with the first refusals."""
    sentence = (
        f"no labelled photo in {tree.root}, which has {len(tree.photos)} photos: expected images/ and labels/ (YOLO), "
        f"or the files of {', '.join(FORMATS)}"
    )
    first = [*dict.fromkeys(warnings)][:SHOWN_REFUSALS]
    more = f"\n  and {len(warnings) - len(first)} more" if len(warnings) > len(first) else ""
    return FileNotFoundError("\n  ".join([sentence, *first]) + more)


def _names(listing: Listing, single_name: str) -> list[str]:
    """The labels in class order; adds a warning if no file names them."""
    used = {box.label for entry in listing.entries for box in entry.boxes if not box.ignored}
    if listing.named:
        return [*dict.fromkeys([*listing.names, *sorted(used)])]
    count = 1 + max(int(label.removeprefix("class")) for label in used)
    names = [single_name] if count == 1 else [f"class{index}" for index in range(count)]
    listing.warnings.append(f"no file names the classes (labels.txt, data.yaml and the like): using {', '.join(names)}")
    return names


def _parts(listing: Listing) -> dict[str, list[Entry]]:
    """Photos to learn from and, if a part is for them, to measure on; no photo is in both."""
    merged = {part: _merge(entries) for part, entries in listing.parts.items()}
    train = [*merged.get(TRAIN, []), *merged.get("", [])]
    val = merged.get(VAL) or merged.get(TEST) or []
    if not train:
        return {TRAIN: val}
    measured = {entry.photo for entry in val}
    learnt = [entry for entry in train if entry.photo not in measured]
    if measured and not learnt:
        listing.warnings.append("val has the photos of train: it is left out")
        return {TRAIN: train}
    if len(learnt) < len(train):
        listing.warnings.append(
            f"{len(train) - len(learnt)} photos are in train and in val: they are left out of train"
        )
    return {TRAIN: learnt, VAL: val} if val else {TRAIN: learnt}


def _merge(entries: list[Entry]) -> list[Entry]:
    """One entry per photo, with the boxes of all that had it and measured it alike."""
    merged: dict[tuple[Path, tuple[float, float] | None], Entry] = {}
    for entry in entries:
        known = merged.setdefault((entry.photo, entry.size), Entry(entry.photo, size=entry.size))
        known.boxes += entry.boxes
    return [*merged.values()]


def _split_sentence(train: list[Photo], val: list[Photo]) -> str:
    return f"no val part: {len(val)} of {len(train) + len(val)} photos are held out for measuring, chosen by the seed"
