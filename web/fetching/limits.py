"""Limits for the photos that are fetched."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for the photos that one request names.

    Attributes:
        seconds: time for all of them to arrive.
        max_bytes: of all of them together, as if they were in the request's body.
    """

    seconds: float
    max_bytes: int
