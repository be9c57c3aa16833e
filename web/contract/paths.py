"""Rules for a contract's paths, and for the document as a whole."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from web.contract.documents import Document, Steps, pointer
from web.contract.metaschema import Flaw, guess
from web.contract.names import snake_case
from web.contract.operations import ONE_PLACE, operations, parameters
from web.contract.security import requirement_flaws
from web.contract.structure import METHODS, Part

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
COMPONENT_NAME = re.compile(r"[A-Za-z0-9._-]+")
TEMPLATE = re.compile(r"{([^{}]*)}")


def document_flaws(document: Document, part: Part) -> Iterator[Flaw]:
    """Yields the flaws of the document as a whole."""
    _, steps, value = part
    paths = value["paths"]
    if not any(method in item for item in map(document.follow, paths.values()) for method in METHODS):
        yield Flaw((*steps, "paths"), "this describes no operation.")
    seen: dict[str, str] = {}
    for path in paths:
        shape = TEMPLATE.sub("{}", path)
        if shape in seen:
            yield Flaw((*steps, "paths", path), f"this is the same path as {seen[shape]}: name its parameters alike.")
        seen[shape] = path
    for section, members in value.get("components", {}).items():
        for name in members if isinstance(members, dict) else ():
            if not COMPONENT_NAME.fullmatch(name) and not section.startswith("x-"):
                place = (*steps, "components", section, name)
                yield Flaw(place, "a component's name may have letters, digits, dots, hyphens and underscores.")
    yield from requirement_flaws(document, value, steps)
    yield from _server_flaws(value, steps)
    yield from _operation_id_flaws(document)


def path_flaws(document: Document, part: Part) -> Iterator[Flaw]:
    """Yields the flaws of a path and its templates."""
    _, steps, value = part
    path = str(steps[-1])
    names = TEMPLATE.findall(path)
    if "servers" in value:
        yield Flaw((*steps, "servers"), ONE_PLACE)
    if any(mark in TEMPLATE.sub("", path) for mark in "{}?#"):
        yield Flaw(steps, "a path has no ?, no #, and a parameter for each pair of braces.")
    yield from _name_flaws(names, steps)
    for method in filter(value.__contains__, METHODS):
        declared = {each["name"] for _, each in parameters(document, value, method) if each["in"] == "path"}
        for name in names:
            if name not in declared:
                yield Flaw((*steps, method), f"this lacks the path parameter `{name}` among its `parameters`.")
    for inner, each in _all_parameters(document, value):
        if each["in"] == "path" and each["name"] not in names:
            hint = guess(each["name"], names)
            yield Flaw((*steps, *inner, "name"), f"the path {path} has no {{{each['name']}}}.{hint}")


def _name_flaws(names: list[str], steps: Steps) -> Iterator[Flaw]:
    for name in names:
        if not NAME.fullmatch(name):
            yield Flaw(steps, "a path parameter's name has letters, digits and underscores, and starts with no digit.")
        if names.count(name) > 1:
            yield Flaw(steps, f"the path has the parameter {name} twice.")


def _all_parameters(document: Document, item: Mapping[str, Any]) -> Iterator[tuple[Steps, dict[str, Any]]]:
    for index, each in enumerate(map(document.follow, item.get("parameters", ()))):
        yield ("parameters", index), each
    for method in filter(item.__contains__, METHODS):
        for index, each in enumerate(map(document.follow, item[method].get("parameters", ()))):
            yield (method, "parameters", index), each


def _server_flaws(value: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    for index, server in enumerate(value.get("servers", ())):
        place, variables = (*steps, "servers", index), server.get("variables", {})
        for name in TEMPLATE.findall(server["url"]):
            if name not in variables:
                yield Flaw(
                    (*place, "url"), f"the variable {name} is not among the `variables`.{guess(name, variables)}"
                )
        for name, variable in variables.items():
            if variable["default"] not in variable.get("enum", [variable["default"]]):
                yield Flaw((*place, "variables", name, "default"), "the default is not in the variable's `enum`.")


def _operation_id_flaws(document: Document) -> Iterator[Flaw]:
    seen: dict[str, Steps] = {}
    for steps, operation in operations(document):
        id_ = operation.get("operationId")
        alike = next((other for other in seen if id_ and snake_case(other) == snake_case(id_)), None)
        if alike and alike != id_:
            yield Flaw(
                (*steps, "operationId"), f"{id_} and {alike} both name the function {snake_case(alike)}: rename one."
            )
        if id_ in seen:
            yield Flaw(
                (*steps, "operationId"), f"the operationId {id_} is that of {pointer(seen[id_])}, too: name each once."
            )
        elif id_:
            seen[id_] = steps
