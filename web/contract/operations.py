"""Rules for operations and responses: the limits of what the service can keep, within OpenAPI."""

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any

from web.contract.documents import Document, Steps
from web.contract.metaschema import Flaw, guess
from web.contract.names import argument_name, snake_case
from web.contract.requests import JSON_TYPES, READABLE_TYPES
from web.contract.security import requirement_flaws
from web.contract.structure import METHODS, Part

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
BODILESS = {"get", "head", "delete", "options", "trace"}
STRUCTURED, STRUCTURES = {"properties", "items", "allOf", "anyOf", "oneOf"}, {"object", "array"}
PAGES = re.compile(r"/$|/openapi\.yml$|/(?:docs|page)(?:/|$)")  # addresses of web/pages.py
ONE_PLACE = "this service serves all paths at one place: name it in the document's `servers`."


def operation_flaws(document: Document, part: Part) -> Iterator[Flaw]:
    """Yields the flaws of an operation."""
    _, steps, value = part
    method, path = str(steps[-1]), steps[-2]
    where = f"{method.upper()} {path}"
    if not value.get("operationId"):
        yield Flaw(steps, f"{where} has no operationId: name the function that handles it, in lowerCamelCase.")
    elif not NAME.fullmatch(value["operationId"]):
        yield Flaw((*steps, "operationId"), "an operationId names a function: letters and digits, in lowerCamelCase.")
    elif keyword.iskeyword(snake_case(value["operationId"])):
        yield Flaw(
            (*steps, "operationId"), f"no function can be called {snake_case(value['operationId'])}: add a noun."
        )
    if not value.get("tags"):
        yield Flaw(steps, f"{where} has no tag: name the module of handlers/ that it belongs to.")
    elif not NAME.fullmatch(value["tags"][0]) or keyword.iskeyword(value["tags"][0]):
        yield Flaw((*steps, "tags", 0), "the first tag names a module of handlers/: letters, digits and underscores.")
    if "servers" in value:
        yield Flaw(
            (*steps, "servers"), "this service serves all paths at one place: name it in the document's `servers`."
        )
    if "callbacks" in value:
        yield Flaw((*steps, "callbacks"), "this service calls nobody back: remove the callbacks.")
    if "requestBody" in value and method in BODILESS:
        yield Flaw(
            (*steps, "requestBody"),
            f"OpenAPI ignores a body of {method.upper()}: take POST, PUT or PATCH, or parameters.",
        )
    yield from requirement_flaws(document, value, steps)
    yield from _success_flaws(document, value, steps)
    yield from _repeated_parameters(document, value, steps)
    yield from _address_flaws(method, str(path), steps)


def response_flaws(document: Document, part: Part) -> Iterator[Flaw]:
    """Yields the flaws of a response."""
    _, steps, value = part
    for name in value.get("headers", {}):
        if name.lower() == "content-type":
            yield Flaw((*steps, "headers", name), "OpenAPI ignores this header: `content` names the media type.")
    for name, link in value.get("links", {}).items():
        wanted = document.follow(link).get("operationId")
        ids = [operation.get("operationId") for _, operation in operations(document)]
        if wanted and wanted not in ids:
            yield Flaw(
                (*steps, "links", name, "operationId"),
                f"there is no operation {wanted}.{guess(wanted, filter(None, ids))}",
            )


def operations(document: Document) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """Yields the operations, each with the steps to it."""
    for path, item in document.content["paths"].items():
        if not path.startswith("x-"):
            for method in filter(document.follow(item).__contains__, METHODS):
                yield ("paths", path, method), document.follow(item)[method]


def parameters(document: Document, item: Mapping[str, Any], method: str) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """Yields the parameters of an operation, and those of its path that it does not override."""
    own = [
        ((method, "parameters", index), document.follow(each))
        for index, each in enumerate(item[method].get("parameters", ()))
    ]
    names = {(each["name"], each["in"]) for _, each in own}
    yield from own
    for index, each in enumerate(map(document.follow, item.get("parameters", ()))):
        if (each["name"], each["in"]) not in names:
            yield ("parameters", index), each


def success(responses: Mapping[str, Any]) -> list[str]:
    """The keys of successful responses: the statuses, else a range, a redirection, or the default."""
    for pattern in (r"2\d\d", "2XX", r"3(?:\d\d|XX)", "default"):
        found = sorted(status for status in responses if re.fullmatch(pattern, status))
        if found:
            return found
    return []


def _repeated_parameters(document: Document, operation: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    seen = set()
    for index, each in enumerate(map(document.follow, operation.get("parameters", ()))):
        name = each["name"].lower() if each["in"] == "header" else each["name"]
        if (name, each["in"]) in seen:
            yield Flaw((*steps, "parameters", index), f"the {each['in']} parameter {each['name']} is here twice.")
        seen.add((name, each["in"]))
    yield from _argument_flaws(document, steps)


def _argument_flaws(document: Document, steps: Steps) -> Iterator[Flaw]:
    """Yields parameters that handlers would get by the same name."""
    item = document.follow(document.at(steps[:-1]))
    seen: dict[str, str] = {}
    for inner, each in parameters(document, item, str(steps[-1])):
        argument = argument_name(each["name"])
        if argument in seen and seen[argument] != each["name"].lower():
            yield Flaw(
                (*steps[:-1], *inner, "name"),
                f"handlers get this as `{argument}`, as they do {seen[argument]}: rename one.",
            )
        seen[argument] = each["name"].lower()


def _address_flaws(method: str, path: str, steps: Steps) -> Iterator[Flaw]:
    if method in {"get", "head"} and PAGES.match(path):
        yield Flaw(steps, "a page of this service is at this address: take another path.")


def _success_flaws(document: Document, operation: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    statuses = success(operation["responses"])
    if not statuses:
        yield Flaw((*steps, "responses"), "this lacks a response for success: describe 200.")
    for status in statuses:
        content = document.follow(operation["responses"][status]).get("content", {})
        place = (*steps, "responses", status)
        if len(content) > 1:
            yield Flaw(place, "this service answers with one media type: keep the first of `content`.")
        for media_type, each in content.items():
            schema = document.follow(each.get("schema", {}))
            if not JSON_TYPES.fullmatch(media_type) and (
                STRUCTURED & schema.keys() or schema.get("type") in STRUCTURES
            ):
                hint = guess(media_type, READABLE_TYPES)
                yield Flaw(
                    (*place, "content", media_type),
                    f"{media_type} is sent as it is: give the schema `type: string`, or take application/json.{hint}",
                )
        if content and status in {"204", "205", "304"}:
            yield Flaw(place, f"a response with the status {status} has no body: remove its `content`.")
