"""Checks a contract against OpenAPI's own schema, and describes flaws in sentences.

The schema is connexion's copy. If it offers alternatives, a validator lists the flaws under each of them; this module
chooses the alternative that was probably meant.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jsonschema_rs
from connexion.spec import OpenAPISpecification

from web.contract.documents import Steps
from web.jsonschema.faults import as_list

SCHEMA: dict[str, Any] = OpenAPISpecification.openapi_schema
KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}
PATTERNS = {  # in words
    r"^\/": "a path, which starts with /",
    r"^[1-5](?:\d{2}|XX)$": "a status, such as 200, or default",
    r"^[a-zA-Z0-9\.\-_]+$": "a name of letters, digits, dots, hyphens and underscores",
    r"^3\.0\.\d(-.+)?$": "a version from 3.0.0 on, below 3.1: this service serves contracts of OpenAPI 3.0",
}
FORMATS = {"regex": "a regular expression", "email": "an e-mail address", "uri-reference": "an address"}
GUESS = "Did you mean"
METHODS = r"^(get|put|post|delete|options|head|patch|trace)$"
COMBINATIONS = {  # of fields that exclude each other
    "ExampleXORExamples": "has both `example` and `examples`: keep one",
    "SchemaXORContent": "needs either `schema` or `content`, and not both",
}


class Flaw(NamedTuple):
    """A flaw at a place in a document."""

    steps: Steps
    sentence: str


def flaws(content: object) -> list[Flaw]:
    """The flaws of a document under OpenAPI's schema, plain misspellings first."""
    validator = jsonschema_rs.Draft4Validator(SCHEMA)
    if validator.is_valid(content):
        return []
    errors = [error for outer in validator.iter_errors(content) for error in _meant(outer)]
    found = [_flaw(error) for error in sorted(errors, key=lambda error: error.kind.name != "type")]
    return sorted(found, key=lambda flaw: (flaw.steps[:1] != ("openapi",), GUESS not in flaw.sentence))


def _meant(error: jsonschema_rs.ValidationError) -> Iterator[jsonschema_rs.ValidationError]:
    """Yields an error, or those of the alternative that was probably meant."""
    alternatives = _alternatives(error)
    if not alternatives:
        yield error
        return
    wants_reference = isinstance(error.instance, Mapping) and "$ref" in error.instance
    if not wants_reference:
        alternatives = [each for each in alternatives if not _is_reference(each)] or alternatives
    choices = [_choice(each) for each in alternatives]
    if len(alternatives) > 1 and all(choices):
        places = Counter(tuple(choice.instance_path) for choice in choices if choice)
        rarest = min(places, key=places.__getitem__)
        if len(places) == 1:
            yield error  # no alternative has this value; _flaw lists those that they have
            return
        alternatives = [
            each for each in alternatives if (choice := _choice(each)) and tuple(choice.instance_path) == rarest
        ]
    likeliest = min(alternatives, key=lambda errors: (bool(_choice(errors)), len(errors)))
    for each in likeliest:
        yield from _meant(each)


def _is_reference(errors: Iterable[jsonschema_rs.ValidationError]) -> bool:
    return any(each.kind.as_dict().get("property") == "$ref" for each in errors)


def _choice(errors: Iterable[jsonschema_rs.ValidationError]) -> jsonschema_rs.ValidationError | None:
    """The error, if any, that shows that another alternative was meant: another `in`, `type` or `style`."""
    return next((each for each in errors if each.kind.name == "enum"), None)


def _flaw(error: jsonschema_rs.ValidationError) -> Flaw:
    steps: Steps = tuple(error.instance_path)
    keyword, details, schema = error.kind.name, error.kind.as_dict(), _schema_of(error)
    if getattr(error.kind, "context", None):
        return _choices_flaw(error)
    if keyword == "additionalProperties":
        unknown = details["unexpected"][0]
        return Flaw((*steps, unknown), _unknown(unknown, schema))
    name = next((name for name in COMBINATIONS if name in error.schema_path), None)
    if name:
        return Flaw(steps, f"this {COMBINATIONS[name]}.")
    if keyword == "required":
        return Flaw(steps, f"this lacks `{details['property']}`.")
    return Flaw(steps, _sentence(keyword, steps, schema, error.instance))


def _choices_flaw(error: jsonschema_rs.ValidationError) -> Flaw:
    """The flaw if no alternative was meant, because the value that distinguishes them is unknown."""
    choices = [choice for errors in _alternatives(error) if (choice := _choice(errors))]
    last = tuple(choices[0].instance_path)
    alike = [choice for choice in choices if tuple(choice.instance_path) == last]
    values = [value for choice in alike for value in choice.kind.as_dict()["options"]]
    return Flaw(last, _one_of(values, choices[0].instance, last[-1] if last else ""))


def _alternatives(error: jsonschema_rs.ValidationError) -> list[list[jsonschema_rs.ValidationError]]:
    """The flaws under each alternative that a schema offers; empty if it offers none."""
    context: list[list[jsonschema_rs.ValidationError]] | None = getattr(error.kind, "context", None)
    return context or []


def _sentence(keyword: str, steps: Steps, schema: Mapping[str, Any], value: object) -> str:
    if keyword == "type":
        kinds = ["object", "boolean"] if steps[-1:] == ("additionalProperties",) else as_list(schema["type"])
        return f"this has to be {' or '.join(KINDS[kind] for kind in kinds)}.{_quoting(kinds, value)}"
    if keyword == "enum":
        return _one_of(schema["enum"], value, steps[-1] if steps else "")
    if keyword == "pattern":
        wanted = PATTERNS.get(schema["pattern"], f"what {schema['pattern']} matches")
        return f"this has to be {wanted}."
    return _other(keyword, schema)


def _other(keyword: str, schema: Mapping[str, Any]) -> str:
    if keyword == "format":
        return f"this is not {FORMATS.get(schema['format'], schema['format'])}."
    limit = schema.get(keyword)
    if keyword == "uniqueItems":
        return "this has the same item twice."
    if keyword in {"minItems", "minProperties"}:
        return f"this needs at least {limit} {'entry' if limit == 1 else 'entries'}."
    if keyword in {"minimum", "exclusiveMinimum"}:
        return (
            f"this has to be more than {limit}."
            if schema.get("exclusiveMinimum")
            else f"this has to be {limit} or more."
        )
    return f"OpenAPI 3.0 does not allow this here: `{keyword}` of its schema."


def _schema_of(error: jsonschema_rs.ValidationError) -> Mapping[str, Any]:
    """The part of OpenAPI's schema that an error is about."""
    part: Any = SCHEMA
    for step in list(error.schema_path)[:-1]:
        part = part[step]
        while isinstance(part, Mapping) and "$ref" in part:
            part = SCHEMA["definitions"][part["$ref"].rpartition("/")[2]]
    schema: Mapping[str, Any] = part
    return schema


def _unknown(name: str, schema: Mapping[str, Any]) -> str:
    known = list(schema.get("properties", ()))
    patterns = [pattern for pattern in schema.get("patternProperties", ()) if pattern != "^x-"]
    if METHODS in patterns:
        known += re.findall(r"[a-z]+", METHODS)
    elif patterns:
        return f"`{name}` cannot stand here: each key has to be {PATTERNS.get(patterns[0], patterns[0])}."
    return f"OpenAPI has no `{name}` here.{guess(name, known)}"


def _one_of(values: Sequence[object], value: object, name: object) -> str:
    known = [str(each).lower() if isinstance(each, bool) else str(each) for each in dict.fromkeys(values)]
    return f"`{name}` has to be one of {', '.join(known)}.{guess(value, known)}"


def _quoting(kinds: Sequence[str], value: object) -> str:
    """A hint if YAML has read a text as something else."""
    is_other = isinstance(value, bool | int | float) or value is None
    return " Put it into quotes." if "string" in kinds and is_other else ""


def guess(name: object, known: Iterable[str]) -> str:
    """A question that names what was probably meant; empty if no known name is near."""
    near = isinstance(name, str) and difflib.get_close_matches(name, list(known), n=1)
    return f" {GUESS} `{near[0]}`?" if near and near[0] != name else ""
