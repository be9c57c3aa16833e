"""Ultralytics: data.yaml says where photos lie, per part: a folder, a list of photos, or several of these."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from training.data.formats import yolo
from training.data.formats.photo_lists import add_listed
from training.data.formats.yolo_labels import IMAGES, LabelFiles, add_photo
from training.data.formats.yolo_names import Names, names_in, read_yaml
from training.data.listing import TEST, TRAIN, VAL, Listing
from training.data.tree import Tree

KEYS = {"train": TRAIN, "val": VAL, "valid": VAL, "validation": VAL, "test": TEST}


def read(tree: Tree) -> Listing | None:
    """Reads the photos at the places that the file names.

    `path` and the places are relative to the file's folder or to the folder above it, or paths on another machine: if a
    place does not exist, its last folders are searched beside the file. If none exists, folders' names make the parts.
    """
    for file in tree.annotations(".yaml", ".yml"):
        try:
            content = read_yaml(file)
            names = names_in(content)
        except (ValueError, yaml.YAMLError):
            continue
        if isinstance(content, dict) and content.get("train"):
            return _read(tree, file, content, names)
    return None


def _read(tree: Tree, file: Path, content: dict[str, Any], names: Names) -> Listing | None:
    listing = Listing(list(names.values()), named=bool(names))
    base = tree.find(str(content.get("path") or "."), file.parent) or file.parent
    for key, part in KEYS.items():
        for text in _places(content.get(key)):
            place = tree.find(text, base) or tree.find(text, file.parent)
            if place is None:
                listing.warnings.append(f"{file.name}: {key}: there is no such folder or list of photos")
                continue
            _add(listing, part, place, tree, partial(LabelFiles, names=names, keypoints=_keypoints(content)))
    if not listing.parts.get(TRAIN):
        found = yolo.read(tree)
        if found:
            found.warnings = [*listing.warnings, *found.warnings]
        return found
    return listing


def _add(listing: Listing, part: str, place: Path, tree: Tree, labels: Callable[[Tree], LabelFiles]) -> None:
    """Adds the photos of a folder or of a list."""
    around = tree if place.is_relative_to(tree.root) else Tree(_above_images(place))
    files = labels(around)
    if place.is_file():
        add_listed(listing, part, place, around, files)
    else:
        for photo in around.under(place):
            add_photo(listing, part, photo, files)


def _above_images(place: Path) -> Path:
    """The folder that has a place's photos and labels: the one with images/, else the one with the place."""
    images = next((folder for folder in (place, *place.parents) if folder.name.lower() in IMAGES), place)
    return images.parent


def _places(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return [str(value)] if value else []


def _keypoints(content: dict[str, Any]) -> int:
    """Numbers per box that follow it for its keypoints."""
    shape = content.get("kpt_shape")
    return int(shape[0]) * int(shape[1]) if isinstance(shape, list) and len(shape) == 2 else 0
