"""Compiles schemas of the contract."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas import Fault
from web.jsonschema.faults import Judge, Path, compile_validator, dereference
from web.jsonschema.nulls import NullRemover


class Schema:
    """A compiled schema."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        """Compiles a schema in JSON Schema draft 4, as web/jsonschema/draft4.py translates it.

        Raises:
            jsonschema_rs.ValidationError: it is not valid.
        """
        definitions = definition.get("definitions", {})
        self._definition = dereference(definition, definitions)
        self._validator = compile_validator(definition)
        self._judge = Judge(self._definition, definitions)
        self._without_nulls = NullRemover([self._definition], definitions)

    def accepts(self, document: object) -> bool:
        """True if a document has no fault."""
        return self._validator.is_valid(document)

    def faults(self, document: object, path: Path = ()) -> Iterator[Fault]:
        """Yields the faults of a document; `path` is its place, for their pointers."""
        if not self.accepts(document):
            yield from self._judge.faults(document, path)

    def without_nulls(self, document: Any) -> Any:
        """A valid document without optional members that are null, since null means the same as absent."""
        return self._without_nulls(document)
