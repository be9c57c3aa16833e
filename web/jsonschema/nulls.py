"""Removes optional members that are null, since null means the same as absent."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from web.jsonschema.faults import dereference
from web.jsonschema.forms import forms_of, members_of


class NullRemover:
    """Removes nulls from documents that are valid under a schema; required members and free-form ones keep theirs."""

    def __init__(self, schemas: Iterable[Mapping[str, Any]], definitions: Mapping[str, Any]) -> None:
        """Prepares for values.

        Args:
            schemas: the values' schemas, in JSON Schema draft 4.
            definitions: the targets of references in these, by name.
        """
        self._definitions = definitions
        self._forms = [
            form for schema in schemas for form in forms_of(schema, lambda each: dereference(each, definitions))
        ]

    def _inside(self, schemas: Iterable[Mapping[str, Any]]) -> "NullRemover":
        return NullRemover(schemas, self._definitions)

    @cached_property
    def _required(self) -> set[str]:
        return {name for form in self._forms for name in form.get("required", ())}

    @cached_property
    def _members(self) -> dict[str, "NullRemover"]:
        return {name: self._inside(schemas) for name, schemas in members_of(self._forms).items()}

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
