"""Rules for parameters and request bodies."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from web.contract.documents import Document, Steps
from web.contract.metaschema import Flaw, guess
from web.contract.security import HEADER_NAME
from web.contract.structure import Part
from web.jsonschema.forms import COMPOSERS

IGNORED_HEADERS = {"accept", "content-type", "authorization"}  # OpenAPI 3.0.3, Parameter Object, name
JSON_TYPES = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)
FORM_TYPES = {"multipart/form-data", "application/x-www-form-urlencoded"}
ANY_BYTES = "application/octet-stream"
RAW_TYPES = re.compile(r"application/octet-stream|text/plain|(?:image|audio|video)/(?:\*|[\w.+-]+)", re.IGNORECASE)
READABLE_TYPES = ("application/json", "text/plain", ANY_BYTES, "multipart/form-data")
READABLE = "application/json, application/*+json, multipart/form-data, application/x-www-form-urlencoded, text/plain, "
DELIMITED = {"spaceDelimited", "pipeDelimited"}
READABLE += "application/octet-stream, image/*, audio/* and video/*"


def parameter_flaws(document: Document, part: Part) -> Iterator[Flaw]:
    """Yields the flaws of a parameter."""
    _, steps, value = part
    where, name = value["in"], value["name"]
    if where == "header" and name.lower() in IGNORED_HEADERS:
        yield Flaw((*steps, "name"), f"OpenAPI ignores a header parameter that is called {name}: remove it.")
    if value.get("allowReserved") and where != "query":
        yield Flaw((*steps, "allowReserved"), f"`allowReserved` has no effect in a {where}: remove it.")
    if where == "header" and not HEADER_NAME.fullmatch(name):
        yield Flaw((*steps, "name"), "no header can have this name: take letters, digits and hyphens.")
    if value.get("allowEmptyValue"):
        yield Flaw((*steps, "allowEmptyValue"), "to this service, an empty text means that a parameter is absent.")
    if "content" in value:
        media_types = list(value["content"])
        if len(media_types) != 1 or not JSON_TYPES.fullmatch(media_types[0]):
            yield Flaw((*steps, "content"), "a parameter's content has to be application/json, and nothing else.")
        return
    yield from _style_flaws(document, value, steps)


def _style_flaws(document: Document, value: Mapping[str, Any], steps: Steps) -> Iterator[Flaw]:
    schema = document.follow(value["schema"])
    kind = schema.get("type")
    style = value.get("style", "simple" if value["in"] in {"path", "header"} else "form")
    explode = value.get("explode", style == "form")
    inner = [schema.get("items", {})] if kind == "array" else list(schema.get("properties", {}).values())
    if isinstance(schema.get("additionalProperties"), dict):
        inner.append(schema["additionalProperties"])
    kinds = {document.follow(each).get("type") for each in inner}
    if value.get("required") and "default" in schema:
        yield Flaw(steps, "a default has no effect on a parameter that is required: remove one of both.")
    if value["in"] == "path" and schema.get("nullable"):
        yield Flaw(steps, "null cannot be written in a path: remove `nullable`.")
    if schema.get("format") == "binary":
        yield Flaw(steps, "a parameter is text, and cannot hold bytes: take a body, or `format: byte` for base64.")
    if style in DELIMITED and value.get("explode"):
        yield Flaw((*steps, "explode"), f"{style} joins values into one: remove `explode`, or take the style `form`.")
    if style in DELIMITED and kind not in {"array", "object"}:
        yield Flaw((*steps, "style"), f"{style} is for lists: give the schema `type: array`, or remove the style.")
    if style == "deepObject" and kind != "object":
        yield Flaw((*steps, "style"), "deepObject is for objects: give the schema `type: object`, or remove the style.")
    if value["in"] == "cookie" and explode and kind in {"array", "object"}:
        yield Flaw(
            steps, "a list in a cookie needs `explode: false`: cookies have no agreed way to hold one otherwise."
        )
    if kind in {"array", "object"} and (kinds - ({"array"} if style == "deepObject" else set())) & {"array", "object"}:
        yield Flaw(
            steps, "OpenAPI has no way to write lists or objects inside others as text: use `content` with JSON."
        )


def body_flaws(document: Document, part: Part) -> Iterator[Flaw]:
    """Yields the flaws of a request's body."""
    _, steps, value = part
    if not value["content"]:
        yield Flaw((*steps, "content"), "this names no media type: write application/json, with a `schema`.")
    for media_type, content in value["content"].items():
        place = (*steps, "content", media_type)
        if "schema" not in content:
            yield Flaw(place, "this lacks a `schema`, without which nothing can be checked.")
            continue
        schema = document.follow(content["schema"])
        if media_type in FORM_TYPES:
            if schema.get("type") != "object":
                yield Flaw((*place, "schema"), "a form has fields: give the schema `type: object` and `properties`.")
            yield from _encoding_flaws(media_type, content, schema, place)
        elif not JSON_TYPES.fullmatch(media_type) and not RAW_TYPES.fullmatch(media_type):
            known = READABLE.replace(" and ", ", ").split(", ")
            hint = guess(media_type, known)
            yield Flaw(place, f"this service cannot check a body of {media_type}. It reads {READABLE}.{hint}")
        elif RAW_TYPES.fullmatch(media_type) and schema.get("type", "string") in {"object", "array"}:
            yield Flaw((*place, "schema"), f"a body of {media_type} is text or bytes: give the schema `type: string`.")


def media_type_flaws(document: Document, part: Part) -> Iterator[Flaw]:
    """Yields bytes in JSON."""
    _, steps, value = part
    if JSON_TYPES.fullmatch(str(steps[-1])) and _holds_bytes(document, value.get("schema", {}), []):
        yield Flaw(
            (*steps, "schema"), "JSON holds no bytes: take `format: byte`, which is base64, in place of `binary`."
        )


def _holds_bytes(document: Document, schema: Any, seen: list[Any]) -> bool:
    followed = document.follow(schema)
    if not isinstance(followed, dict) or any(followed is each for each in seen):
        return False
    seen.append(followed)
    inner = [*followed.get("properties", {}).values(), followed.get("items"), followed.get("additionalProperties")]
    inner += [each for keyword in COMPOSERS for each in followed.get(keyword, ())]
    return followed.get("format") == "binary" or any(_holds_bytes(document, each, seen) for each in inner)


def _encoding_flaws(
    media_type: str, content: Mapping[str, Any], schema: Mapping[str, Any], place: Steps
) -> Iterator[Flaw]:
    is_multipart = media_type == "multipart/form-data"
    for name, encoding in content.get("encoding", {}).items():
        here = (*place, "encoding", name)
        if name not in schema.get("properties", {}):
            yield Flaw(here, f"the form has no field {name}.{guess(name, schema.get('properties', {}))}")
        if "headers" in encoding:
            yield Flaw((*here, "headers"), "this service does not look at the headers of a form's parts: remove them.")
        for unused in ("style", "explode", "allowReserved") if is_multipart else ("contentType",):
            if unused in encoding:
                yield Flaw((*here, unused), f"OpenAPI ignores `{unused}` in {media_type}: remove it.")
