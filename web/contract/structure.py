"""The kinds of objects in an OpenAPI document, and the places of each kind.

The table distinguishes references, properties that happen to be called `example`, and examples themselves.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from web.contract.documents import Steps

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
EACH = "*"  # every member of a mapping, or every item of a list

SCHEMA_MEMBERS: dict[str, Any] = {
    "properties": {EACH: "Schema"},
    "items": "Schema",
    "additionalProperties": "Schema",
    "not": "Schema",
    "allOf": {EACH: "Schema"},
    "anyOf": {EACH: "Schema"},
    "oneOf": {EACH: "Schema"},
}
CONTENT = {EACH: "MediaType"}
MEMBERS: dict[str, dict[str, Any]] = {
    "Document": {"paths": {EACH: "PathItem"}, "components": "Components"},
    "PathItem": {"parameters": {EACH: "Parameter"}, **dict.fromkeys(METHODS, "Operation")},
    "Operation": {"parameters": {EACH: "Parameter"}, "requestBody": "RequestBody", "responses": {EACH: "Response"}},
    "Parameter": {"schema": "Schema", "content": CONTENT, "examples": {EACH: "Example"}},
    "Header": {"schema": "Schema", "content": CONTENT, "examples": {EACH: "Example"}},
    "RequestBody": {"content": CONTENT},
    "MediaType": {"schema": "Schema", "encoding": {EACH: "Encoding"}, "examples": {EACH: "Example"}},
    "Encoding": {"headers": {EACH: "Header"}},
    "Response": {"headers": {EACH: "Header"}, "content": CONTENT, "links": {EACH: "Link"}},
    "Schema": SCHEMA_MEMBERS,
    "SecurityScheme": {},
    "Example": {},
    "Link": {},
    "Callback": {},
    "Components": {
        "schemas": {EACH: "Schema"},
        "responses": {EACH: "Response"},
        "parameters": {EACH: "Parameter"},
        "examples": {EACH: "Example"},
        "requestBodies": {EACH: "RequestBody"},
        "headers": {EACH: "Header"},
        "securitySchemes": {EACH: "SecurityScheme"},
        "links": {EACH: "Link"},
        "callbacks": {EACH: "Callback"},
    },
}
COMPONENTS = {members[EACH]: section for section, members in MEMBERS["Components"].items()}  # the section by kind


class Part(NamedTuple):
    """An object in a document: its kind, the steps to it, and its value."""

    kind: str
    steps: Steps
    value: dict[str, Any]


def parts(value: Any, kind: str = "Document", steps: Steps = ()) -> Iterator[Part]:
    """Yields an object and all OpenAPI objects inside it; references are not followed."""
    if not isinstance(value, dict):
        return
    yield Part(kind, steps, value)
    if "$ref" not in value:
        for name, inner in MEMBERS[kind].items():
            if name in value:
                yield from _inside(value[name], inner, (*steps, name))


def _inside(value: Any, inner: str | Mapping[str, str], steps: Steps) -> Iterator[Part]:
    if isinstance(inner, str):
        yield from parts(value, inner, steps)
        return
    for name, each in value.items() if isinstance(value, dict) else enumerate(value):
        if not str(name).startswith("x-") or inner[EACH] == "Schema":
            yield from parts(each, inner[EACH], (*steps, name))
