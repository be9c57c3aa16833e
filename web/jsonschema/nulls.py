"""Removes optional members that are null, since null means the same as absent."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from web.jsonschema.faults import dereference

COMPOSERS = ("allOf", "anyOf", "oneOf")


class NullRemover:
    """Removes nulls from documents that are valid under a schema; required members and free-form ones keep theirs."""

    def __init__(self, schemas: Iterable[Mapping[str, Any]], definitions: Mapping[str, Any]) -> None:
        """Prepares for values.

        Args:
            schemas: the values' schemas, in JSON Schema draft 4.
            definitions: the targets of references in these, by name.
        """
        self._definitions = definitions
        self._forms = [form for schema in schemas for form in self._parts(schema)]

    def _parts(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yields a schema and those that it is composed of."""
        schema = dereference(schema, self._definitions)
        yield schema
        for keyword in COMPOSERS:
            for part in schema.get(keyword, ()):
                yield from self._parts(part)

    def _inside(self, schemas: Iterable[Mapping[str, Any]]) -> "NullRemover":
        return NullRemover(schemas, self._definitions)

    @cached_property
    def _required(self) -> set[str]:
        return {name for form in self._forms for name in form.get("required", ())}

    @cached_property
    def _members(self) -> dict[str, "NullRemover"]:
        names = dict.fromkeys(name for form in self._forms for name in form.get("properties", {}))
        return {
            name: self._inside(form["properties"][name] for form in self._forms if name in form.get("properties", {}))
            for name in names
        }

    @cached_property
    def _items(self) -> "NullRemover":
        return self._inside(form["items"] for form in self._forms if "items" in form)

    @cached_property
    def _others(self) -> "NullRemover":
        """The remover for members without a schema of their own."""
        wanted = "additionalProperties"
        return self._inside(form[wanted] for form in self._forms if isinstance(form.get(wanted), Mapping))

    def __call__(self, value: Any) -> Any:
        """The value without these nulls."""
        if not self._forms:
            return value
        if isinstance(value, list):
            return [self._items(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            name: self._members.get(name, self._others)(each)
            for name, each in value.items()
            if each is not None or name in self._required or name not in self._members
        }
