"""Refuses a request for the faults of a document."""

from collections.abc import Iterable
from itertools import chain, islice

from schemas import Fault
from web.jsonschema.schema import Schema
from web.problems.problem import MAX_FAULTS, Refusal


def check(schema: Schema, document: object, hints: Iterable[Fault] = ()) -> None:
    """Raises a Refusal that lists the first faults of a document, if it has any.

    Args:
        schema: what the document should fit.
        document: parsed.
        hints: what to say first if it does not.
    """
    if not schema.accepts(document):
        raise Refusal.for_faults(list(islice(chain(hints, schema.faults(document)), MAX_FAULTS + 1)))
