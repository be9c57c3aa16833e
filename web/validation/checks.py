"""Refuses a request for the faults of a document."""

from itertools import islice

from web.problems.problem import MAX_FAULTS, Refusal
from web.validation.schema import Schema


def check(schema: Schema, document: object) -> None:
    """Raises a Refusal that lists the first faults of a document, if it has any."""
    faults = list(islice(schema.faults(document), MAX_FAULTS + 1))
    if faults:
        raise Refusal.for_faults(faults)
