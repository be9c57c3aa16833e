"""Optional members that are null are absent: both mean the same, and handlers see one of them."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

COMPOSERS = ("allOf", "anyOf", "oneOf")


class NullRemover:
    """Removes nulls from documents that are valid under a schema; required members and free-form ones keep theirs."""

    def __init__(self, *schemas: Mapping[str, Any]) -> None:
        """Prepare for values that are valid under each of some schemas in JSON Schema draft 4."""
        self._forms = [form for schema in schemas for form in composed(schema)]

    @cached_property
    def _required(self) -> set[str]:
        return {name for form in self._forms for name in form.get("required", ())}

    @cached_property
    def _members(self) -> dict[str, "NullRemover"]:
        names = dict.fromkeys(name for form in self._forms for name in form.get("properties", {}))
        return {
            name: NullRemover(*(form["properties"][name] for form in self._forms if name in form.get("properties", {})))
            for name in names
        }

    @cached_property
    def _items(self) -> "NullRemover":
        return NullRemover(*(form["items"] for form in self._forms if "items" in form))

    @cached_property
    def _others(self) -> "NullRemover":
        """What is done with members that have no schema of their own."""
        wanted = "additionalProperties"
        return NullRemover(*(form[wanted] for form in self._forms if isinstance(form.get(wanted), Mapping)))

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


def composed(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and those that it is composed of."""
    yield schema
    for keyword in COMPOSERS:
        for part in schema.get(keyword, ()):
            yield from composed(part)
