"""Makes up values for schemas without an example, the same ones each time."""

import math
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from web.jsonschema.draft4 import values_of

MAX_DEPTH = 6  # of nested objects; deeper ones have no optional members
MAX_ITEMS = 3

FORMATS = {
    "byte": "aGVsbG8=",
    "date": "2026-11-26",
    "date-time": "2026-11-26T17:00:00Z",
    "duration": "PT1H30M",
    "email": "someone@example.com",
    "hostname": "example.com",
    "idn-email": "someone@example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "iri": "https://example.com/",
    "iri-reference": "/somewhere",
    "json-pointer": "/somewhere",
    "regex": ".*",
    "relative-json-pointer": "0",
    "time": "17:00:00Z",
    "uri": "https://example.com/",
    "uri-reference": "/somewhere",
    "uri-template": "/somewhere/{id}",
    "uuid": "2f1b6d0e-6f0a-4a86-9d0b-0c6ad1f6a1c2",
}


class Inventor:
    """Makes up values for schemas."""

    def __init__(self, follow: Callable[[Any], Any]) -> None:
        """Prepares for a contract.

        Args:
            follow: returns the target of a reference.
        """
        self._follow = follow

    def __call__(self, schema: Mapping[str, Any], depth: int = 0) -> Any:
        """A value for a schema: its example, if it has one, else a value made up as well as possible."""
        schema = self._merge(schema)
        for given in ("example", "default"):
            if given in schema:
                return schema[given]
        if "enum" in schema:
            return schema["enum"][0]
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                return self._alternative(schema, keyword, depth)
        make = {
            "object": self._object,
            "array": self._list,
            "string": _text,
            "integer": _integer,
            "number": _number,
            "boolean": lambda *_: True,
        }
        kind = schema.get("type") or ("array" if "items" in schema else "object")
        return make[kind](schema, depth)

    def _merge(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """A schema merged with those of its allOf."""
        schema = dict(self._follow(schema))
        parts = [self._merge(part) for part in schema.pop("allOf", ())]
        if len(parts) == 1 and "properties" not in schema:
            return parts[0] | schema
        merged: dict[str, Any] = {}
        for part in (*parts, schema):
            properties = merged.get("properties", {}) | part.get("properties", {})
            required = [*merged.get("required", ()), *part.get("required", ())]
            # A part's example is not an example of the whole.
            merged |= (
                part if part is schema else {name: part[name] for name in part if name not in {"example", "default"}}
            )
            merged |= ({"properties": properties} if properties else {}) | ({"required": required} if required else {})
        return merged

    def _alternative(self, schema: Mapping[str, Any], keyword: str, depth: int) -> Any:
        """The first alternative, with the additions of the rest of the schema."""
        first = schema[keyword][0]
        value = self(first, depth)
        if not isinstance(value, dict):
            return value
        rest = {key: each for key, each in schema.items() if key not in {keyword, "discriminator"}}
        discriminator = schema.get("discriminator")
        if discriminator:
            value = value | {discriminator["propertyName"]: values_of(first, discriminator.get("mapping", {}))[0]}
        return self._object(rest, depth) | value

    def _object(self, schema: Mapping[str, Any], depth: int) -> Any:
        value: dict[str, Any] = {}
        required = schema.get("required", ())
        for name, each in schema.get("properties", {}).items():
            if not self._follow(each).get("writeOnly") and (name in required or depth < MAX_DEPTH):
                value[name] = self(each, depth + 1)
        others = schema.get("additionalProperties", {})
        missing = [name for name in required if name not in value]
        missing += [f"name{number}" for number in range(schema.get("minProperties", 0) - len(value) - len(missing))]
        value |= {name: self(others if isinstance(others, Mapping) else {}, depth + 1) for name in missing}
        return dict(list(value.items())[: schema.get("maxProperties", len(value))])

    def _list(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        items = schema.get("items", {})
        min_items = schema.get("minItems", 0)
        count = max(min_items, min(1, schema.get("maxItems", 1)))
        if depth >= MAX_DEPTH:
            count = min_items
        made = [self(items, depth + 1) for _ in range(count)]
        if not schema.get("uniqueItems"):
            return made
        return [_vary(value, index, self._follow(items)) for index, value in enumerate(made)]


def _vary(value: Any, index: int, schema: Mapping[str, Any]) -> Any:
    """A variation of a value, if there is a simple one; the first stays as it is."""
    if "enum" in schema:
        return schema["enum"][index % len(schema["enum"])]
    if isinstance(value, bool) or index == 0:
        return value
    if isinstance(value, int | float):
        return value + index * schema.get("multipleOf", 1)
    return f"{value}{index}"[-schema.get("maxLength", len(value) + 1) :] if isinstance(value, str) else value


def _text(schema: Mapping[str, Any], _depth: int) -> str:
    min_length, max_length = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    if "pattern" in schema:
        return _matching(schema["pattern"], min_length, max_length)
    text = FORMATS.get(schema.get("format", ""), "text")
    if len(text) < min_length:
        text = (text * min_length)[:min_length]
    return text if len(text) <= max_length else text[: int(max_length)]


def _matching(pattern: str, min_length: int, max_length: float) -> str:
    """A text that matches a pattern; empty if none is found."""
    import rstr  # noqa: PLC0415 - an extra that the service does not need

    generate = rstr.Rstr(random.Random(0))  # noqa: S311 - no secret
    try:
        made = [generate.xeger(pattern) for _ in range(100)]
    except (re.error, KeyError, ValueError, TypeError):  # Python does not support all of JavaScript's patterns
        return ""
    return next((text for text in made if min_length <= len(text) <= max_length), "")


def _integer(schema: Mapping[str, Any], depth: int) -> int:
    return int(_number({**schema, "multipleOf": schema.get("multipleOf", 1)}, depth))


def _number(schema: Mapping[str, Any], _depth: int) -> float:
    step: float = schema.get("multipleOf", 0)
    low: float = schema.get("minimum", -math.inf)
    high: float = schema.get("maximum", math.inf)
    nudge = step or min(1, (high - low) / 2)
    low += nudge if schema.get("exclusiveMinimum") else 0
    high -= nudge if schema.get("exclusiveMaximum") else 0
    wanted = max(low, min(high, 1))
    if not step:
        return wanted
    above = math.ceil(wanted / step) * step
    return above if above <= high else math.floor(wanted / step) * step
