"""A schema of the contract, compiled, and its faults in words that repeat nothing of what was sent."""

from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from schemas import Fault
from web.problems import Refusal

# Told apart from validation; the compiler would only have to read them.
ANNOTATIONS = {"components", "example", "examples", "default", "title", "description"}

KINDS = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}

SENTENCES: dict[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "type": lambda types, _: f"must be {' or '.join(KINDS[kind] for kind in listed(types))}",
    "enum": lambda values, _: f"must be one of {', '.join(str(value) for value in values if value is not None)}",
    "minimum": lambda limit, _: f"must be at least {limit}",
    "maximum": lambda limit, _: f"must be at most {limit}",
    "minLength": lambda limit, _: f"must have at least {limit} characters",
    "maxLength": lambda limit, _: f"must have at most {limit} characters",
    "minItems": lambda limit, _: f"must have at least {limit} items",
    "maxItems": lambda limit, _: f"must have at most {limit} items",
    "minProperties": lambda limit, schema: f"must have at least {limit} of {', '.join(schema['properties'])}",
    "maxProperties": lambda limit, schema: f"must have at most {limit} of {', '.join(schema['properties'])}",
    "additionalProperties": lambda _, schema: (
        f"has unknown fields: it may have {', '.join(schema['properties']) or 'none'}"
    ),
}


class Schema:
    """A compiled schema."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        """Compile a Schema Object of OpenAPI 3.0 with all references resolved."""
        self._definition = draft4(definition)
        self._validator = jsonschema_rs.Draft4Validator(self._definition)

    @property
    def properties(self) -> Mapping[str, Any]:
        """The schemas of an object's properties."""
        properties: Mapping[str, Any] = self._definition.get("properties", {})
        return properties

    def check(self, document: object) -> None:
        """Raise a Refusal that lists every fault of a document."""
        if not self._validator.is_valid(document):
            raise Refusal.for_faults([self._fault(error) for error in self._validator.iter_errors(document)])

    def _fault(self, error: jsonschema_rs.ValidationError) -> Fault:
        *path, keyword = error.schema_path
        if keyword == "required":
            missing = error.kind.as_dict()["property"]
            return Fault(pointer=pointer([*error.instance_path, missing]), detail="is required")
        schema: Any = self._definition
        for step in path:
            schema = schema[step]
        detail = SENTENCES[str(keyword)](schema[keyword], schema)
        return Fault(pointer=pointer(error.instance_path), detail=detail)


def pointer(path: list[str | int]) -> str:
    """A JSON Pointer (RFC 6901) as the fragment of a URI; its steps are names of the contract and positions."""
    return "#" + "".join(f"/{step}" for step in path)


def listed(one_or_more: str | list[str]) -> list[str]:
    """The `type` keyword as a list."""
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more


def draft4(definition: Any) -> Any:
    """A Schema Object of OpenAPI 3.0 as JSON Schema draft 4: without annotations, `nullable` as a type and a value."""
    if isinstance(definition, list):
        return [draft4(item) for item in definition]
    if not isinstance(definition, Mapping):
        return definition
    schema = {key: value for key, value in definition.items() if key not in ANNOTATIONS}
    if "properties" in schema:
        schema["properties"] = {name: draft4(value) for name, value in schema["properties"].items()}
    if "items" in schema:
        schema["items"] = draft4(schema["items"])
    if schema.pop("nullable", False):
        schema["type"] = [*listed(schema["type"]), "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return schema
