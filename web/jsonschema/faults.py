"""Finds a document's faults under a schema, one by one, in words that never repeat the document.

The validator of jsonschema_rs says in microseconds that a document is invalid, but collects all faults before it names
the first: a minute for a list of five million. This walk yields them, so that the caller may stop. The same validator
judges single keywords, so both always agree.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from schemas import Fault
from web.jsonschema.draft4 import PATTERN_SAYS
from web.jsonschema.formats import CHECKED, CHECKERS
from web.jsonschema.forms import COMPOSERS

Path = tuple[str | int, ...]

KINDS = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
ANY_NAME = "*"  # stands in a pointer for a name that the sender chose

SENTENCES: dict[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "type": lambda types, _: f"must be {' or '.join(KINDS[kind] for kind in as_list(types))}",
    "enum": lambda values, _: f"must be one of {', '.join(str(value) for value in values if value is not None)}",
    "minimum": lambda limit, schema: f"must be {'more than' if schema.get('exclusiveMinimum') else 'at least'} {limit}",
    "maximum": lambda limit, schema: f"must be {'less than' if schema.get('exclusiveMaximum') else 'at most'} {limit}",
    "multipleOf": lambda step, _: f"must be a multiple of {step}",
    "minLength": lambda limit, _: f"must have at least {count(limit, 'character')}",
    "maxLength": lambda limit, _: f"must have at most {count(limit, 'character')}",
    "pattern": lambda pattern, schema: schema.get(PATTERN_SAYS, f"must match the regular expression {pattern}"),
    "format": lambda name, _: f"must be {CHECKED[name]}",
    "minItems": lambda limit, _: f"must have at least {count(limit, 'item')}",
    "maxItems": lambda limit, _: f"must have at most {count(limit, 'item')}",
    "uniqueItems": lambda _wanted, _: "must not have two equal items",
    "minProperties": lambda limit, schema: f"must have at least {some_fields(limit, schema)}",
    "maxProperties": lambda limit, schema: f"must have at most {some_fields(limit, schema)}",
    "not": lambda ruled_out, _: (
        "must not be what the contract rules out here" if ruled_out else "must not be sent: the server sets it"
    ),
}
SIBLINGS = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}  # keywords that change another's meaning
MAX_BACKTRACKS = 100_000  # of a pattern with look-around; beyond, the text counts as no match
CONTAINERS = {"maxItems", "maxProperties"}  # if these are broken, the members are not checked


class Judge:
    """A schema in JSON Schema draft 4, and the schemas inside it."""

    def __init__(self, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> None:
        """Prepares for documents.

        Args:
            schema: the documents' schema.
            definitions: the targets of references in it, by name.
        """
        self._schema = schema = dereference(schema, definitions)
        self._definitions = definitions
        self._rules = [(keyword, self._rule(keyword)) for keyword in SENTENCES if keyword in schema]

    def _rule(self, keyword: str) -> jsonschema_rs.Draft4Validator:
        """Compiles one keyword, with the sibling that changes its meaning."""
        names = {keyword, SIBLINGS.get(keyword, keyword)} & self._schema.keys()
        return self._compile({name: self._schema[name] for name in names})

    def _compile(self, schema: Mapping[str, Any]) -> jsonschema_rs.Draft4Validator:
        return compile_validator({**schema, "definitions": self._definitions} if self._definitions else schema)

    def _inside(self, schema: Mapping[str, Any]) -> "Judge":
        return Judge(schema, self._definitions)

    @cached_property
    def accepts(self) -> Callable[[object], bool]:
        """A function that is True for a document without faults."""
        return self._compile(self._schema).is_valid

    @cached_property
    def _properties(self) -> dict[str, "Judge"]:
        return {name: self._inside(schema) for name, schema in self._schema.get("properties", {}).items()}

    @cached_property
    def _inner(self) -> dict[str, "Judge"]:
        """The schemas for every item of a list, and for every value of an object that has no schema of its own."""
        wanted = ("items", "additionalProperties")
        return {
            each: self._inside(self._schema[each]) for each in wanted if isinstance(self._schema.get(each), Mapping)
        }

    @cached_property
    def _parts(self) -> dict[str, list["Judge"]]:
        return {each: [self._inside(part) for part in self._schema.get(each, [])] for each in COMPOSERS}

    def faults(self, value: object, path: Path = ()) -> Iterator[Fault]:
        """Yields the faults of a value, from the outside in."""
        broken = [keyword for keyword, validator in self._rules if not validator.is_valid(value)]
        if "type" in broken:
            broken = ["type"]  # the other keywords do not apply
        for keyword in self._telling(broken):
            yield fault(path, SENTENCES[keyword](self._schema[keyword], self._schema))
        if broken == ["type"]:
            return
        if isinstance(value, dict):
            yield from self._object_faults(value, path)
        if not CONTAINERS.isdisjoint(broken):
            return
        if isinstance(value, list) and "items" in self._inner:
            for index, item in enumerate(value):
                yield from self._inner["items"].faults(item, (*path, index))
        if isinstance(value, dict):
            yield from self._value_faults(value, path)
        yield from self._composed_faults(value, path)

    def _telling(self, broken: list[str]) -> list[str]:
        """The broken keywords, without those that a more specific one makes redundant."""
        if "pattern" not in broken:
            return broken
        lengths = {"minLength", "maxLength"}
        less = lengths if PATTERN_SAYS in self._schema or lengths.isdisjoint(broken) else {"pattern"}
        return [keyword for keyword in broken if keyword not in less]

    def _object_faults(self, value: dict[str, object], path: Path) -> Iterator[Fault]:
        for name in self._schema.get("required", ()):
            if name not in value:
                yield fault((*path, name), "is required")
        if self._schema.get("additionalProperties") is False and not value.keys() <= self._properties.keys():
            yield fault(path, f"has unknown fields: it may have {fields(self._schema)}")

    def _value_faults(self, value: dict[str, object], path: Path) -> Iterator[Fault]:
        for name, judge in self._properties.items():
            if name in value:
                yield from judge.faults(value[name], (*path, name))
        if "additionalProperties" in self._inner:
            for name, each in value.items():
                if name not in self._properties:
                    yield from self._inner["additionalProperties"].faults(each, (*path, ANY_NAME))

    def _composed_faults(self, value: object, path: Path) -> Iterator[Fault]:
        for part in self._parts["allOf"]:
            yield from part.faults(value, path)
        for keyword in ("anyOf", "oneOf"):
            parts = self._parts[keyword]
            fitting = sum(part.accepts(value) for part in parts)
            if parts and not fitting:
                yield from self._closest(parts, value, path)
            elif keyword == "oneOf" and fitting > 1:
                yield fault(path, f"must fit only one of the {len(parts)} forms that the contract describes here")

    def _closest(self, parts: list["Judge"], value: object, path: Path) -> Iterator[Fault]:
        """Yields the faults under the alternative that was probably meant; else a fault that none fits."""
        discriminator = self._schema.get("x-discriminator")
        if discriminator and isinstance(value, dict):
            yield from _told_apart(discriminator, parts, value, path)
            return
        candidates = [part for part in parts if part.takes_kind(value)]
        if len(candidates) == 1:
            yield from candidates[0].faults(value, path)
        elif not candidates and all(part.kinds for part in parts):
            kinds = dict.fromkeys(kind for part in parts for kind in part.kinds)
            yield fault(path, SENTENCES["type"](list(kinds), {}))
        else:
            yield fault(path, f"must fit one of the {len(parts)} forms that the contract describes here")

    @property
    def kinds(self) -> list[str]:
        """The types that a value may have; empty for any."""
        kinds = as_list(self._schema.get("type", []))
        return kinds or next((part.kinds for part in self._parts["allOf"] if part.kinds), [])

    def takes_kind(self, value: object) -> bool:
        """True if a value has the right type, whatever its other faults."""
        return not self.kinds or compile_validator({"type": self.kinds}).is_valid(value)


def _told_apart(
    discriminator: Mapping[str, Any], parts: list[Judge], value: Mapping[str, object], path: Path
) -> Iterator[Fault]:
    """Yields the faults under the alternative that a property names."""
    name = discriminator["property"]
    named = next((i for i, values in enumerate(discriminator["values"]) if value.get(name) in values), None)
    if named is not None:
        yield from parts[named].faults(value, path)
    elif name not in value:
        yield fault((*path, name), "is required")
    else:
        every = [each for values in discriminator["values"] for each in values]
        yield fault((*path, name), SENTENCES["enum"](every, {}))


def dereference(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema, or its target if it is a reference."""
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    return schema


def compile_validator(schema: Mapping[str, Any]) -> jsonschema_rs.Draft4Validator:
    """Compiles a schema; patterns take time in proportion to the text."""
    return jsonschema_rs.Draft4Validator(
        dict(schema),
        formats=CHECKERS,
        validate_formats=True,
        pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=MAX_BACKTRACKS),
    )


def fault(path: Path, detail: str) -> Fault:
    """A fault at a place."""
    return Fault(pointer=pointer(path), detail=detail)


def pointer(path: Path) -> str:
    """A JSON Pointer (RFC 6901) as the fragment of a URI; its steps are names of the contract and positions."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "#" + "".join("/" + quote(step, safe="!$&'()*+,;=:@~") for step in steps)


def as_list(one_or_more: str | list[str]) -> list[str]:
    """The `type` keyword as a list."""
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more


def some_fields(number: int, schema: Mapping[str, Any]) -> str:
    """A number of fields, with the names that the schema has for them, if any."""
    return f"{number} of {fields(schema)}" if schema.get("properties") else count(number, "field")


def fields(schema: Mapping[str, Any]) -> str:
    """The names that a schema gives to an object's properties."""
    return ", ".join(schema.get("properties", ())) or "none"


def count(number: int, noun: str) -> str:
    """A number of things: `1 item`, `2 items`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
