"""Pascal VOC: an XML file per photo, beside it or in Annotations/; ImageSets/Main may list the parts."""

from __future__ import annotations

# Expat bounds the expansion of entities, and the files are the user's own.
from pathlib import Path
from xml.etree import ElementTree as ET

from training.data.formats.photo_lists import lines_of
from training.data.listing import TEST, TRAIN, VAL, Box, Entry, Listing, part_of
from training.data.tree import Tree

SETS = {"train": TRAIN, "val": VAL, "trainval": TRAIN, "test": TEST}  # by name of the list


def read(tree: Tree) -> Listing | None:
    """Reads every XML file that describes a photo; labels are in alphabetical order."""
    listing, sets, found = Listing(), _sets(tree), False
    described: set[Path] = set()
    for file in tree.annotations(".xml"):
        try:
            root = ET.parse(file).getroot()  # noqa: S314  # see above
        except (ET.ParseError, ValueError) as error:
            listing.warnings.append(f"{file.name}: cannot be read: {error}")
            continue
        if root.tag != "annotation":
            continue
        found = True
        photo = tree.find_photo(file.stem, file) or tree.find_photo(root.findtext("filename") or "", file)
        if photo is None:
            listing.warnings.append(f"{file.name}: there is no photo of that name, or several")
            continue
        if photo in described:  # in a copy of the folder
            listing.warnings.append(f"{file.parent.name}/{file.name}: another file describes this photo")
            continue
        described.add(photo)
        part = sets.get(file.stem) or part_of(file, tree.root) or part_of(photo, tree.root)
        listing.add(part, _entry(root, file.name, photo, listing.warnings))
    return listing if found else None


def _entry(root: ET.Element, name: str, photo: Path, warnings: list[str]) -> Entry:
    entry = Entry(photo, size=_size(root))
    for number, element in enumerate(root.iter("object"), 1):
        where = f"{name}: object {number}"
        label, box = (element.findtext("name") or "").strip(), element.find("bndbox")
        if not label or box is None:
            warnings.append(f"{where}: it has no name or no bndbox")
            continue
        try:
            x0, y0, x1, y1 = (float(box.findtext(side) or "") for side in ("xmin", "ymin", "xmax", "ymax"))
        except ValueError:
            warnings.append(f"{where}: its bndbox lacks a number")
            continue
        difficult = (element.findtext("difficult") or "").strip() == "1"
        corners = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        entry.boxes.append(Box(label, corners, where, ignored=difficult))
    return entry


def _size(root: ET.Element) -> tuple[float, float] | None:
    """Width and height; None if the file does not state them."""
    try:
        size = float(root.findtext("size/width") or 0), float(root.findtext("size/height") or 0)
    except ValueError:
        return None
    return size if min(size) > 0 else None


def _sets(tree: Tree) -> dict[str, str]:
    """Parts by a photo's stem, as ImageSets/Main lists them; trainval counts if there is no val."""
    lists = {file.stem.lower(): file for file in tree.annotations(".txt") if file.parent.name.lower() == "main"}
    chosen = ("train", "val", "test") if "train" in lists else ("trainval", "val", "test")
    return {line: SETS[name] for name in reversed(chosen) if name in lists for line in lines_of(lists[name])}
