"""The labels of YOLO data sets, by class number, from the files that tools leave them in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from training.data.tree import Tree

NAME_FILES = ("labels.txt", "names.txt", "classes.txt", "obj.names", "predefined_classes.txt", "_darknet.labels")
NOTES = "notes.json"  # Label Studio's

Names = dict[int, str]


def read_names(tree: Tree) -> tuple[Names, list[str]]:
    """Reads the labels from the first file that has them.

    Returns:
        Labels by class number, ascending; empty if no file has them. And warnings.
    """
    warnings: list[str] = []
    for file in tree.named(*NAME_FILES):
        if names := read_lines(file):
            return names, warnings
    for file in tree.named(".names", ".yaml", ".yml", NOTES):
        try:
            names = _read(file)
        except (ValueError, yaml.YAMLError) as error:
            warnings.append(f"{file.name}: cannot be read: {_first_line(error)}")
            continue
        if names:
            return names, warnings
    return {}, warnings


def read_lines(file: Path) -> Names:
    """Labels of a text file, one per line."""
    lines = [line.strip() for line in file.read_text("utf-8-sig", "replace").splitlines()]
    return dict(enumerate(line for line in lines if line))


def names_in(content: Any) -> Names:
    """Labels of a data.yaml's `names`: a list, or a mapping from numbers, which keep their numeric order.

    Raises:
        ValueError: they are neither.
    """
    names = content.get("names") if isinstance(content, dict) else None
    if names is None:
        return {}
    if isinstance(names, list):
        return {number: str(name).strip() for number, name in enumerate(names)}
    if isinstance(names, dict):
        return dict(sorted((int(number), str(name).strip()) for number, name in names.items()))
    raise ValueError("`names` is neither a list nor a mapping from numbers")


def read_yaml(file: Path) -> Any:
    """The content of a YAML file."""
    return yaml.safe_load(file.read_text("utf-8-sig", "replace"))


def _read(file: Path) -> Names:
    if file.suffix.lower() == ".names":
        return read_lines(file)
    if file.name.lower() == NOTES:
        categories = json.loads(file.read_text("utf-8-sig", "replace")).get("categories", [])
        return dict(sorted((int(each["id"]), str(each["name"])) for each in categories))
    return names_in(read_yaml(file))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
