"""The schemas that a value has at once, since schemas may be composed of others."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
COMPOSERS = ("allOf", "anyOf", "oneOf")


def forms_of(schema: Schema, follow: Callable[[Schema], Schema]) -> Iterator[Schema]:
    """Yields a schema and those that it is composed of.

    Args:
        schema: a schema, or a reference to one.
        follow: returns the target of a reference, or the schema that it gets.
    """
    schema = follow(schema)
    yield schema
    for keyword in COMPOSERS:
        for part in schema.get(keyword, ()):
            yield from forms_of(part, follow)


def members_of(forms: Iterable[Schema]) -> dict[str, list[Schema]]:
    """The schemas of an object's members, by their names, in the order in which the object's schemas have them."""
    members: dict[str, list[Schema]] = {}
    for form in forms:
        for name, schema in form.get("properties", {}).items():
            members.setdefault(name, []).append(schema)
    return members
