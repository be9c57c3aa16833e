"""COCO: JSON files with images, annotations and categories, such as Roboflow's and Label Studio's exports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from training.data.formats.coco_shapes import bounding_box
from training.data.listing import Box, Entry, Listing, part_named, part_of
from training.data.tree import Tree


def read(tree: Tree) -> Listing | None:
    """Reads every such file; one named after a part, or in its folder, makes the part. Crowds are ignored regions."""
    listing, found = Listing(), False
    for file in tree.annotations(".json"):
        try:
            content = msgspec.json.decode(file.read_bytes())
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= content.keys():
            continue
        found = True
        names = _names(content)
        listing.names += [name for name in names.values() if name not in listing.names]
        _add(listing, tree, file, content, names)
    return listing if found else None


def _names(content: dict[str, Any]) -> dict[int, str]:
    """Labels by category id, ascending; without Roboflow's category that stands for all others and has no box."""
    categories = [each for each in content["categories"] if isinstance(each, dict) and "id" in each]
    used = {each.get("category_id") for each in _objects(content["annotations"])}
    above = {each.get("supercategory") for each in categories}
    names = {each["id"]: str(each.get("name", each["id"])).strip() for each in categories}
    unused = {number for number, name in names.items() if name in above and number not in used and len(names) > 1}
    return {number: names[number] for number in sorted(names, key=_number) if number not in unused}


def _add(listing: Listing, tree: Tree, file: Path, content: dict[str, Any], names: dict[int, str]) -> None:
    entries: dict[Any, Entry] = {}
    for image in _objects(content["images"]):
        text = str(image.get("file_name") or image.get("path") or image.get("coco_url") or "")
        photo = tree.find_photo(text, file)
        if photo is None:
            listing.warnings.append(f"{file.name}: {text}: there is no such photo, or several")
            continue
        entries[image.get("id")] = Entry(photo, size=_size(image))
        part = part_named(file.stem) or part_of(file, tree.root) or part_of(photo, tree.root)
        listing.add(part, entries[image.get("id")])
    sizes = {image.get("id"): _size(image) for image in _objects(content["images"])}
    for number, annotation in enumerate(_objects(content["annotations"]), 1):
        where = f"{file.name}: annotation {annotation.get('id', number)}"
        image_id = annotation.get("image_id")
        if image_id not in sizes:
            listing.warnings.append(f"{where}: there is no image {image_id}")
        elif annotation.get("category_id") not in names:
            listing.warnings.append(f"{where}: there is no category {annotation.get('category_id')}")
        elif image_id in entries:
            _add_box(listing, entries[image_id], annotation, names[annotation["category_id"]], where)


def _add_box(listing: Listing, entry: Entry, annotation: dict[str, Any], label: str, where: str) -> None:
    try:
        corners = bounding_box(annotation)
    except (ValueError, TypeError, IndexError, KeyError):
        listing.warnings.append(f"{where}: neither its bbox nor its segmentation can be read")
        return
    entry.boxes.append(Box(label, corners, where, ignored=bool(annotation.get("iscrowd"))))


def _objects(values: Any) -> Iterator[dict[str, Any]]:
    """The mappings of a list."""
    return (each for each in values if isinstance(each, dict)) if isinstance(values, list) else iter(())


def _size(image: dict[str, Any]) -> tuple[float, float] | None:
    width, height = image.get("width"), image.get("height")
    stated = isinstance(width, int | float) and isinstance(height, int | float) and min(width, height) > 0
    return (float(width or 0), float(height or 0)) if stated else None


def _number(number: Any) -> tuple[bool, Any]:
    """Sorts numbers by value, and after them whatever else files have for ids."""
    return (not isinstance(number, int), number if isinstance(number, int) else str(number))
