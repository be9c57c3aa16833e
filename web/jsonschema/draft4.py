"""Translates Schema Objects of OpenAPI 3.0 to JSON Schema draft 4, from which they are derived."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from web.jsonschema.formats import BOUNDS, CHECKED, TYPES
from web.jsonschema.forms import COMPOSERS

Follow = Callable[[Any], Any]  # returns the target of a reference, and any other value itself

# Annotations: they do not affect validation, and would slow compilation.
ANNOTATIONS = {
    "components",
    "default",
    "deprecated",
    "description",
    "example",
    "examples",
    "externalDocs",
    "title",
    "xml",
}
PATTERN_SAYS = "x-pattern-says"  # an extension: the pattern in words, as the end of a fault, such as `must be a colour`
NESTED_SCHEMAS = ("additionalProperties", "items", "not")
NOTHING: dict[str, Any] = {"not": {}}  # no value is valid


class Translator:
    """Translates the schemas of one document, for requests or for responses.

    References stay references, so that a schema may contain itself.
    """

    def __init__(self, follow: Follow, *, is_response: bool | None = False) -> None:
        """Prepares for a document.

        Args:
            follow: from a reference to what it refers to.
            is_response: whether it is for responses; None for examples, which may be of either direction.
        """
        self._follow = follow
        # The keyword of properties that must not be sent in this direction.
        self._foreign = {True: "writeOnly", False: "readOnly", None: ""}[is_response]
        self._names: dict[str, str] = {}  # of definitions, by reference
        self._definitions: dict[str, dict[str, Any]] = {}

    def __call__(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Translates a schema, and adds the definitions that it needs."""
        translated: dict[str, Any] = self._translate(schema)
        needed = self._needed_definitions(translated)
        return translated | {"definitions": needed} if needed else translated

    def _needed_definitions(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        needed: dict[str, Any] = {}
        waiting = list(references(schema))
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed[name] = self._definitions[name]
                waiting += references(needed[name])
        return needed

    def _translate(self, schema: Any) -> Any:
        if not isinstance(schema, Mapping):
            return schema  # additionalProperties may be true or false
        if "$ref" in schema:
            return {"$ref": f"#/definitions/{self._name(schema['$ref'])}"}
        result = {key: value for key, value in schema.items() if key == PATTERN_SAYS or not is_annotation(key)}
        for keyword in NESTED_SCHEMAS:
            if keyword in result:
                result[keyword] = self._translate(result[keyword])
        for keyword in COMPOSERS:
            if keyword in result:
                result[keyword] = [self._translate(each) for each in result[keyword]]
        self._translate_properties(result)
        _translate_format(result)
        self._translate_discriminator(schema, result)
        return _translate_nullable(result)

    def _name(self, reference: str) -> str:
        name = self._names.get(reference)
        if name is None:
            name = self._names[reference] = f"{len(self._names)}"
            self._definitions[name] = {}  # until it has been translated, since it may refer to itself
            self._definitions[name] = self._translate(self._follow({"$ref": reference}))
        return name

    def _translate_properties(self, schema: dict[str, Any]) -> None:
        properties = schema.get("properties", {})
        foreign = {name for name, each in properties.items() if self._is_foreign(each)}
        if properties:
            schema["properties"] = {
                name: NOTHING if name in foreign else self._translate(each) for name, each in properties.items()
            }
        if foreign and "required" in schema:
            required = [name for name in schema.pop("required") if name not in foreign]
            schema |= {"required": required} if required else {}

    def _is_foreign(self, schema: Any) -> bool:
        followed = self._follow(schema)
        parts = [followed, *map(self._follow, followed.get("allOf", ()))]
        return any(part.get(self._foreign) is True for part in parts)

    def _translate_discriminator(self, schema: Mapping[str, Any], result: dict[str, Any]) -> None:
        """Makes the alternatives exclude each other by the discriminator's property."""
        discriminator = result.pop("discriminator", None)
        keyword = next((each for each in ("oneOf", "anyOf") if each in schema), None)
        if not discriminator or not keyword:
            return
        name = discriminator["propertyName"]
        values = [values_of(each, discriminator.get("mapping", {})) for each in schema[keyword]]
        result[keyword] = [
            {"allOf": [each, {"required": [name], "properties": {name: {"enum": allowed}}}]}
            for each, allowed in zip(result[keyword], values, strict=True)
        ]
        result["x-discriminator"] = {"property": name, "values": values}


def is_annotation(keyword: str) -> bool:
    """True for a keyword that does not affect validation."""
    return keyword in ANNOTATIONS or keyword.startswith("x-")


def values_of(alternative: Mapping[str, Any], mapping: Mapping[str, str]) -> list[str]:
    """The discriminator's values for an alternative: those of the mapping, else its component's name."""
    reference = alternative.get("$ref", "")
    name = reference.rpartition("/")[2]
    return [value for value, target in mapping.items() if target in {reference, name}] or [name]


def references(schema: Any) -> Iterator[str]:
    """Yields the names of the definitions that a translated schema refers to."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
            return
        for keyword in (*NESTED_SCHEMAS, *COMPOSERS):
            yield from references(schema.get(keyword))
        for each in schema.get("properties", {}).values():
            yield from references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from references(each)


def _translate_format(schema: dict[str, Any]) -> None:
    name = schema.get("format")
    if name not in CHECKED:
        schema.pop("format", None)
    if name in BOUNDS and TYPES[name] == schema.get("type"):
        low, high = BOUNDS[name]
        if schema.get("minimum", low) <= low:
            schema |= {"minimum": low, "exclusiveMinimum": False}
        if schema.get("maximum", high) >= high:
            schema |= {"maximum": high, "exclusiveMaximum": False}


def _translate_nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Translates `nullable` to a type, or to an alternative if the schema has no type."""
    is_nullable = schema.pop("nullable", False)
    for unused in ("readOnly", "writeOnly"):
        schema.pop(unused, None)
    if not is_nullable:
        return schema
    if "type" in schema:
        schema["type"] = [schema["type"], "null"]
        return schema
    return {"anyOf": [{"type": "null"}, schema]} if schema else schema
