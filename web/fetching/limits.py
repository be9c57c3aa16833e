"""Limits for what is fetched."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for the photos that one request names.

    Attributes:
        seconds: time for all of them to arrive.
        max_bytes: of all of them together, as if the request's body held them.
    """

    seconds: float
    max_bytes: int
