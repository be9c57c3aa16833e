"""web/jsonschema/faults.py: the faults of a document, in sentences, and no more of them than requested."""

from itertools import islice
from typing import Any

import pytest

from schemas import Fault
from web.jsonschema import faults
from web.jsonschema.draft4 import Translator
from web.jsonschema.faults import Judge
from web.jsonschema.schema import Schema

POINT = {"type": "object", "required": ["x"], "properties": {"x": {"type": "number"}}, "additionalProperties": False}
SHAPES = [{"type": "object", "required": [name], "properties": {name: {"minimum": 0}}} for name in ("side", "radius")]

CASES: dict[str, tuple[dict[str, Any], object, list[str]]] = {
    "type": ({"type": "integer"}, "1", ["# must be a whole number"]),
    "nullable": ({"type": "integer", "nullable": True}, "1", ["# must be a whole number or null"]),
    "enum": ({"enum": ["a", "b"]}, "c", ["# must be one of a, b"]),
    "minimum": ({"minimum": 1}, 0, ["# must be at least 1"]),
    "exclusiveMinimum": ({"minimum": 1, "exclusiveMinimum": True}, 1, ["# must be more than 1"]),
    "maximum": ({"maximum": 1}, 2, ["# must be at most 1"]),
    "exclusiveMaximum": ({"maximum": 1, "exclusiveMaximum": True}, 1, ["# must be less than 1"]),
    "multipleOf": ({"multipleOf": 0.5}, 0.7, ["# must be a multiple of 0.5"]),
    "minLength": ({"minLength": 1}, "", ["# must have at least 1 character"]),
    "maxLength": ({"maxLength": 2}, "abc", ["# must have at most 2 characters"]),
    "pattern": ({"pattern": "^[a-z]+$"}, "A", ["# must match the regular expression ^[a-z]+$"]),
    "pattern-in-words": (
        {"pattern": "^[a-z]+$", "x-pattern-says": "must be lower-case letters"},
        "A",
        ["# must be lower-case letters"],
    ),
    "pattern-in-words-and-length": (
        {"maxLength": 2, "pattern": "^[a-z]+$", "x-pattern-says": "must be lower-case letters"},
        "ABC",
        ["# must be lower-case letters"],
    ),
    "pattern-and-length": ({"maxLength": 2, "pattern": "^[a-z]+$"}, "ABC", ["# must have at most 2 characters"]),
    "length-beside-pattern": (
        {"maxLength": 2, "pattern": "^[a-z]+$", "x-pattern-says": "must be lower-case letters"},
        "abc",
        ["# must have at most 2 characters"],
    ),
    "format": ({"format": "date"}, "today", ["# must be a date such as 2026-11-26"]),
    "minItems": ({"minItems": 1}, [], ["# must have at least 1 item"]),
    "maxItems": ({"maxItems": 1, "items": {"type": "string"}}, [1, 2], ["# must have at most 1 item"]),
    "uniqueItems": ({"uniqueItems": True}, [{"a": 1}, {"a": 1}], ["# must not have two equal items"]),
    "items": ({"items": {"type": "string"}}, ["a", 1], ["#/1 must be text"]),
    "minProperties": ({"minProperties": 1, "properties": {"a": {}, "b": {}}}, {}, ["# must have at least 1 of a, b"]),
    "maxProperties": ({"maxProperties": 0, "properties": {"a": {}}}, {"a": 1}, ["# must have at most 0 of a"]),
    "required": (POINT, {}, ["#/x is required"]),
    "properties": (POINT, {"x": "1"}, ["#/x must be a number"]),
    "unknown-field": (POINT, {"x": 1, "Zebra7": 1}, ["# has unknown fields: it may have x"]),
    "other-values": ({"additionalProperties": {"type": "string"}}, {"Zebra7": 1}, ["#/* must be text"]),
    "allOf": (
        {"allOf": [{"minimum": 1}, {"multipleOf": 2}]},
        -1,
        ["# must be at least 1", "# must be a multiple of 2"],
    ),
    "anyOf-kinds": ({"anyOf": [{"type": "string"}, {"type": "number", "minimum": 1}]}, 0, ["# must be at least 1"]),
    "anyOf": ({"anyOf": SHAPES}, {}, ["# must fit one of the 2 forms that the contract describes here"]),
    "oneOf": ({"oneOf": SHAPES}, {}, ["# must fit one of the 2 forms that the contract describes here"]),
    "oneOf-both": (
        {"oneOf": SHAPES},
        {"side": 1, "radius": 1},
        ["# must fit only one of the 2 forms that the contract describes here"],
    ),
    "not": ({"not": {"enum": ["root"]}}, "root", ["# must not be what the contract rules out here"]),
    "odd-names": ({"properties": {"a/b ~ä": {"type": "string"}}}, {"a/b ~ä": 1}, ["#/a~1b%20~0%C3%A4 must be text"]),
}


@pytest.mark.parametrize(("schema", "document", "expected"), CASES.values(), ids=CASES)
def test_names_each_fault(schema: dict[str, Any], document: object, expected: list[str]) -> None:
    """Each keyword has a sentence and a pointer to the place, and repeats nothing of the document."""
    assert not judge(schema).accepts(document)
    assert sentences(schema, document) == expected


@pytest.mark.parametrize("schema", [schema for schema, _, _ in CASES.values()], ids=CASES)
def test_valid_values_have_no_faults(schema: dict[str, Any]) -> None:
    """A value that fits its schema has no fault; any other has one at least."""
    for value in (None, True, 0, 1, 2, 0.5, "", "a", "ab", [], ["a"], [1, 1], {}, {"x": 1}, {"a": 1}, {"side": -1}):
        assert bool(sentences(schema, value)) is not judge(schema).accepts(value), value


def test_stops_after_enough_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a million wrong items, only the requested number of faults is created."""
    made: list[str] = []

    def fault(path: tuple[str | int, ...], detail: str) -> Fault:
        made.append(detail)
        return Fault(pointer=str(path), detail=detail)

    monkeypatch.setattr(faults, "fault", fault)
    every = judge({"items": {"type": "object"}})
    assert len(list(islice(every.faults([0] * 1_000_000), 21))) == 21
    assert len(made) == 21


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_null_inside_other_schemas(keyword: str) -> None:
    """`nullable` means the same wherever a schema stands in another."""
    text = {"type": "string", "nullable": True}
    for schema, document in (
        ({keyword: [text]}, None),
        ({"items": text}, [None]),
        ({"additionalProperties": text}, {"a": None}),
        ({"properties": {"a": {keyword: [text]}}}, {"a": None}),
        ({"nullable": True, keyword: [{"type": "string"}]}, None),
    ):
        assert compiled(schema).accepts(document)


def sentences(schema: dict[str, Any], document: object) -> list[str]:
    """The faults of a document."""
    return [f"{fault.pointer} {fault.detail}" for fault in judge(schema).faults(document)]


def judge(schema: dict[str, Any]) -> Judge:
    """A function that lists the faults under a schema without references."""
    return Judge(Translator(lambda value: value)(schema), {})


def compiled(schema: dict[str, Any]) -> Schema:
    """A schema without references, compiled as for requests."""
    return Schema(Translator(lambda value: value)(schema))
