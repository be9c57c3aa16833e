"""A schema of the contract, compiled."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import jsonschema_rs

from web.faults import Judge, listed
from web.nulls import NullRemover
from web.problems import MAX_FAULTS, Refusal

# Annotations: they do not affect validation, and would slow compilation.
ANNOTATIONS = {"components", "example", "examples", "default", "title", "description"}
NAMED_SCHEMAS = {"properties"}
LISTED_SCHEMAS = {"allOf", "anyOf", "oneOf"}
SCHEMAS = {"items", "additionalProperties", "not"}


class Schema:
    """A compiled schema."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        """Compile a Schema Object of OpenAPI 3.0 with all references resolved."""
        self._definition = draft4(definition)
        self._validator = jsonschema_rs.Draft4Validator(self._definition)
        self._judge = Judge(self._definition)
        self._without_nulls = NullRemover(self._definition)

    @property
    def properties(self) -> Mapping[str, Any]:
        """The schemas of an object's properties."""
        properties: Mapping[str, Any] = self._definition.get("properties", {})
        return properties

    def check(self, document: object) -> None:
        """Raise a Refusal that lists the first faults of a document, where it has any."""
        if not self._validator.is_valid(document):
            raise Refusal.for_faults(list(islice(self._judge.faults(document), MAX_FAULTS + 1)))

    def without_nulls(self, document: Any) -> Any:
        """A valid document in which optional members that are null are absent: both mean the same."""
        return self._without_nulls(document)


def draft4(definition: Any) -> Any:
    """A Schema Object of OpenAPI 3.0 as JSON Schema draft 4: without annotations, `nullable` as a type and a value."""
    if not isinstance(definition, Mapping):
        return definition  # additionalProperties may be true or false
    schema = {key: _converted(key, value) for key, value in definition.items() if key not in ANNOTATIONS}
    if not schema.pop("nullable", False):
        return schema
    if "type" not in schema:
        return {"anyOf": [{"type": "null"}, schema]}
    schema["type"] = [*listed(schema["type"]), "null"]
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    return schema


def _converted(keyword: str, value: Any) -> Any:
    if keyword in NAMED_SCHEMAS:
        return {name: draft4(schema) for name, schema in value.items()}
    if keyword in LISTED_SCHEMAS:
        return [draft4(schema) for schema in value]
    return draft4(value) if keyword in SCHEMAS else value
