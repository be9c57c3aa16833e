"""CVAT for images: one annotations.xml with all photos; boxes, and outlines, which become their bounding boxes."""

from __future__ import annotations

# Expat bounds the expansion of entities, and the files are the user's own.
from xml.etree import ElementTree as ET

from training.data.listing import Box, Entry, Listing, part_named, part_of
from training.data.tree import Tree

OUTLINES = ("polygon", "polyline", "points")


def read(tree: Tree) -> Listing | None:
    """Reads every XML file of the tree with annotations of images."""
    listing, found = Listing(), False
    for file in tree.annotations(".xml"):
        try:
            root = ET.parse(file).getroot()  # noqa: S314  # see above
        except (ET.ParseError, ValueError):
            continue  # the reader of Pascal VOC names it
        if root.tag != "annotations":
            continue
        found = True
        for name in root.iterfind("meta//labels/label/name"):
            if name.text and name.text.strip() not in listing.names:
                listing.names.append(name.text.strip())
        if root.find("track") is not None:
            listing.warnings.append(f"{file.name}: tracks in videos are left out: export the task for images")
        for image in root.iterfind("image"):
            text = image.get("name") or ""
            photo = tree.find_photo(text, file)
            if photo is None:
                listing.warnings.append(f"{file.name}: {text}: there is no such photo, or several")
                continue
            part = part_named(image.get("subset") or "") or part_of(photo, tree.root)
            listing.add(part, _entry(image, f"{file.name}: {text}", Entry(photo, size=_size(image)), listing.warnings))
    return listing if found else None


def _entry(image: ET.Element, where: str, entry: Entry, warnings: list[str]) -> Entry:
    for number, element in enumerate(image, 1):
        try:
            corners = _corners(element)
        except ValueError:
            warnings.append(f"{where}: shape {number}: it lacks a number")
            continue
        if corners:
            entry.boxes.append(Box((element.get("label") or "").strip(), corners, f"{where}: shape {number}"))
    return entry


def _corners(element: ET.Element) -> tuple[float, float, float, float] | None:
    """The bounding box of a shape; None for one without extent, such as a tag."""
    if element.tag == "box":
        x0, y0, x1, y1 = (float(element.get(side) or "") for side in ("xtl", "ytl", "xbr", "ybr"))
        return x0, y0, x1, y1
    if element.tag in OUTLINES:
        points = [tuple(map(float, point.split(","))) for point in (element.get("points") or "").split(";")]
        xs, ys = [point[0] for point in points], [point[1] for point in points]
        return min(xs), min(ys), max(xs), max(ys)
    return None


def _size(image: ET.Element) -> tuple[float, float] | None:
    try:
        size = float(image.get("width") or 0), float(image.get("height") or 0)
    except ValueError:
        return None
    return size if min(size) > 0 else None
