"""web/mocking/examples.py: values are generated for schemas, and fit them."""

from typing import Any

import pytest

from web.jsonschema.draft4 import Translator
from web.jsonschema.formats import KNOWN
from web.jsonschema.schema import Schema
from web.mocking.examples import FORMATS, Inventor

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
SCHEMAS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "text": {"type": "string"},
    "short": {"type": "string", "maxLength": 2},
    "long": {"type": "string", "minLength": 30},
    "pattern": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"},
    "pattern-and-length": {"type": "string", "pattern": "^[a-z]+$", "minLength": 3, "maxLength": 5},
    "words": {"type": "string", "enum": ["one", "two"]},
    "positive": {"type": "integer", "minimum": 1},
    "high": {"type": "integer", "minimum": 100, "exclusiveMinimum": True},
    "low": {"type": "number", "maximum": -0.5, "exclusiveMaximum": True},
    "narrow": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 0.01, "exclusiveMaximum": True},
    "step": {"type": "number", "multipleOf": 0.25, "minimum": 3.1},
    "dozens": {"type": "integer", "multipleOf": 12, "minimum": 13},
    "boolean": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "string"}, "minItems": 3},
    "no-list": {"type": "array", "items": {"type": "string"}, "maxItems": 0},
    "set": {"type": "array", "items": {"type": "string", "maxLength": 4}, "minItems": 3, "uniqueItems": True},
    "set-of-numbers": {"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True},
    "object": {
        "type": "object",
        "required": ["a", "c"],
        "properties": {"a": {"type": "string"}, "b": {"type": "array", "items": {}}},
    },
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2},
    "small": {"type": "object", "properties": {"a": {}, "b": {}}, "maxProperties": 1},
    "hidden": {"type": "object", "properties": {"a": {"type": "string", "writeOnly": True}, "b": {"type": "boolean"}}},
    "all": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}},
            {"required": ["a"], "properties": {"b": {}}},
        ]
    },
    "one": {
        "oneOf": [{"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}, {"type": "string"}]
    },
    "any": {"anyOf": [{"type": "integer", "minimum": 5}, {"type": "string"}]},
    "default": {"type": "integer", "default": 7},
    **{name: {"type": "string", "format": name} for name in FORMATS},
}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_fits(schema: dict[str, Any]) -> None:
    """A generated value fits its schema, and is the same each time."""
    made = Inventor(lambda value: value)(schema)
    assert list(Schema(Translator(lambda value: value, is_response=True)(schema)).faults(made)) == []
    assert Inventor(lambda value: value)(schema) == made


def test_knows_every_format() -> None:
    """Every format of texts has a value."""
    assert {*FORMATS} == {*KNOWN} - {"int32", "int64", "float", "double", "binary", "password"}


def test_ends() -> None:
    """A schema that contains itself has a value if the inner part may be omitted."""
    tree = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "inner": {"$ref": "#"}}}
    made = Inventor(lambda value: tree if "$ref" in value else value)(tree)
    assert made["inner"]["name"] == "text"
