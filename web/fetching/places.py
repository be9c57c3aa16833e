"""The places of photos' addresses in request bodies, which the contract marks with `x-fetch: true`."""

from collections.abc import Iterator, Mapping
from typing import Any

Place = tuple[str | None, ...]  # names of properties, None for every item of a list

MARK = "x-fetch"


def places(document: Mapping[str, Any]) -> dict[str, list[Place]]:
    """The places in the bodies of an OpenAPI document's operations, by operationId, where there are any."""
    found = {}
    for path in document["paths"].values():
        for operation in path.values():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, Mapping) else {}
            schemas = [media_type["schema"] for media_type in content.values() if "schema" in media_type]
            marked = [place for schema in schemas for place in _marked_places(document, schema, ())]
            if marked:
                found[operation["operationId"]] = marked
    return found


def addresses(body: Any, place: Place) -> Iterator[str]:
    """The addresses at a place in a validated body."""
    if not place:
        yield body
        return
    step, rest = place[0], place[1:]
    if step is None:
        for item in body:
            yield from addresses(item, rest)
    elif step in body:
        yield from addresses(body[step], rest)


def _marked_places(
    document: Mapping[str, Any], schema: Mapping[str, Any], references: tuple[str, ...]
) -> Iterator[Place]:
    reference = schema.get("$ref")
    if reference in references:  # the schema contains itself
        return
    if reference:
        yield from _marked_places(document, _resolve(document, reference), (*references, reference))
    elif schema.get(MARK):
        yield ()
    else:
        for name, member in schema.get("properties", {}).items():
            yield from ((name, *place) for place in _marked_places(document, member, references))
        if "items" in schema:
            yield from ((None, *place) for place in _marked_places(document, schema["items"], references))


def _resolve(document: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    target = document
    for step in reference.removeprefix("#/").split("/"):
        target = target[step]
    return target
