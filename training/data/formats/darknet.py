"""Darknet, and CVAT's YOLO export: obj.data names the lists of photos and the labels, or train.txt lists photos."""

from __future__ import annotations

from pathlib import Path

from training.data.formats.photo_lists import add_listed, lines_of, lists_photos
from training.data.formats.yolo_labels import LabelFiles, add_photo
from training.data.formats.yolo_names import read_lines, read_names
from training.data.listing import TEST, TRAIN, VAL, Listing, part_named
from training.data.tree import Tree

KEYS = {"train": TRAIN, "valid": VAL, "val": VAL, "test": TEST}


def read(tree: Tree) -> Listing | None:
    """Reads the photos that are listed; without a list, all photos of the tree."""
    settings = next(((file, values) for file in tree.annotations(".data") if (values := _settings(file))), None)
    lists = _lists(tree, *settings) if settings else {}
    if not lists:
        lists = {
            file: part for file in tree.annotations(".txt") if (part := part_named(file.stem)) and lists_photos(file)
        }
    if not settings and not lists:
        return None
    names, warnings = read_names(tree)
    if settings and (file := tree.find(settings[1].get("names", ""), settings[0].parent)) and file.is_file():
        names = read_lines(file)
    listing = Listing(list(names.values()), named=bool(names), warnings=warnings)
    files = LabelFiles(tree, names)
    for file, part in lists.items():
        add_listed(listing, part, file, tree, files)
    if not lists:
        for photo in tree.photos:
            add_photo(listing, "", photo, files)
    return listing


def _settings(file: Path) -> dict[str, str]:
    """The values of a .data file, by key; empty if it is something else."""
    pairs = [line.partition("=") for line in lines_of(file)]
    values = {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}
    return values if values.keys() & {*KEYS, "names"} else {}


def _lists(tree: Tree, file: Path, values: dict[str, str]) -> dict[Path, str]:
    """The lists of photos that exist, with their parts."""
    found = {tree.find(value, file.parent): KEYS[key] for key, value in values.items() if key in KEYS and value}
    return {path: part for path, part in found.items() if path is not None and path.is_file()}
