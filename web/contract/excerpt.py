"""Removes a tag's operations from a contract's text, and keeps the rest unchanged, comments included."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from web.contract.documents import read, tree


def without(text: str, tag: str) -> str:
    """The text of a document without a tag's operations, and without components that only they refer to.

    Args:
        text: an OpenAPI document in YAML, in which all operations of a path have the same tag.
        tag: the first tag of the operations to remove.
    """
    document = read(text)
    unused = set(_unused_components(document))
    places: list[tuple[Any, ...]] = [
        ("tags", number) for number, each in enumerate(document.get("tags", ())) if each["name"] == tag
    ]
    places += [("paths", path) for path, item in document["paths"].items() if _has_tag(item, tag)]
    gone: list[tuple[Any, ...]] = []
    while places:
        for place in reversed(places):
            _delete(document, place)
        gone += places
        places = [place for place in _unused_components(document) if place not in unused]
    return _cut(text, gone)


def _delete(document: Any, place: tuple[Any, ...]) -> None:
    *steps, last = place
    for step in steps:
        document = document[step]
    del document[last]


def _has_tag(item: Mapping[str, Any], tag: str) -> bool:
    return any(isinstance(operation, dict) and operation.get("tags", [None])[0] == tag for operation in item.values())


def _unused_components(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The places of components that nothing refers to, and of kinds without components."""
    words = set(_words(document))
    for kind, components in document.get("components", {}).items():
        if not components:
            yield "components", kind
        for name in components or ():
            if not {name if kind == "securitySchemes" else f"#/components/{kind}/{name}"} & words:
                yield "components", kind, name


def _words(node: Any) -> Iterator[str]:
    """The references in a document, and the security schemes that it requires."""
    if isinstance(node, list):
        for item in node:
            yield from _words(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            elif key == "security":
                yield from (name for alternative in value for name in alternative)
            elif key != "example":
                yield from _words(value)


def _cut(text: str, places: list[tuple[Any, ...]]) -> str:
    """The text without the lines of some entries of its lists and block mappings."""
    root = tree(text)
    lines = text.splitlines(keepends=True)
    gone = {number for place in places for number in _lines(root, place, lines)}
    return "".join(line for number, line in enumerate(lines) if number not in gone)


def _lines(node: Any, place: tuple[Any, ...], lines: list[str]) -> range:
    """The lines of an entry; comments belong to what follows them."""
    first = node
    for step in place:
        if isinstance(node, yaml.SequenceNode):
            first = node = node.value[step]
        else:
            first, node = next(pair for pair in node.value if pair[0].value == step)
    is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    end = node.end_mark.line + (0 if is_block else 1)  # a block ends where the next token begins
    while end > first.start_mark.line + 1 and re.fullmatch(r"\s*(#.*)?\n?", lines[end - 1]):
        end -= 1
    return range(first.start_mark.line, end)
