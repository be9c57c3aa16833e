"""Rules for operations and responses: what the service can keep of what OpenAPI lets a contract say."""

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any

from web.contract.documents import Document, Steps
from web.contract.metaschema import Flaw, guess
from web.contract.structure import METHODS, Part

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
BODILESS = {"get", "head", "delete", "options", "trace"}
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
    yield from security_flaws(document, value, steps)
    yield from _success_flaws(document, value, steps)
    yield from _repeated_parameters(document, value, steps)


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
    """The keys of the responses that tell success: the statuses, else a range, a redirection, or the default."""
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


def _success_flaws(document: Document, operation: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    statuses = success(operation["responses"])
    if not statuses:
        yield Flaw((*steps, "responses"), "this lacks a response for success: describe 200.")
    for status in statuses:
        content = document.follow(operation["responses"][status]).get("content", {})
        place = (*steps, "responses", status)
        if len(content) > 1:
            yield Flaw(place, "this service answers with one media type: keep the first of `content`.")
        if content and status in {"204", "205", "304"}:
            yield Flaw(place, f"a response with the status {status} has no body: remove its `content`.")


def security_flaws(document: Document, value: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    """Yields the flaws of the security requirements of a document or an operation."""
    schemes = document.content.get("components", {}).get("securitySchemes", {})
    for index, alternative in enumerate(value.get("security", ())):
        for name, scopes in alternative.items():
            place = (*steps, "security", index, name)
            if name not in schemes:
                yield Flaw(
                    place, f"there is no security scheme {name} in #/components/securitySchemes.{guess(name, schemes)}"
                )
            elif scopes and document.follow(schemes[name])["type"] not in {"oauth2", "openIdConnect"}:
                yield Flaw(place, "only OAuth and OpenID Connect have scopes: write an empty list.")
