"""Text files that list photos, one path per line, as darknet and Ultralytics read them."""

from __future__ import annotations

from pathlib import Path

from training.data.formats.yolo_labels import LabelFiles, add_photo
from training.data.listing import Listing
from training.data.tree import PHOTO_SUFFIXES, Tree, suffix_of


def lines_of(file: Path) -> list[str]:
    """Lines with text."""
    return [line.strip() for line in file.read_text("utf-8-sig", "replace").splitlines() if line.strip()]


def lists_photos(file: Path) -> bool:
    """True if the first line names a photo."""
    lines = lines_of(file)[:1]
    return bool(lines) and suffix_of(lines[0]) in PHOTO_SUFFIXES


def add_listed(listing: Listing, part: str, file: Path, tree: Tree, files: LabelFiles) -> None:
    """Adds the photos that a file lists; refuses lines without a photo."""
    for number, line in enumerate(lines_of(file), 1):
        photo = tree.find_photo(line, file)
        if photo is None:
            listing.warnings.append(f"{file.name}: line {number}: there is no such photo, or several")
        else:
            add_photo(listing, part, photo, files)
