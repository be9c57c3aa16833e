"""Limits for what is fetched."""

from dataclasses import dataclass


@dataclass(slots=True)
class Limits:
    """Limits for what is fetched, and what counts against them.

    Attributes:
        seconds: time for all photos of a request to arrive.
        max_bytes: of a request's photos together, as if its body held them.
        max_held_bytes: of all fetched photos in this process, until their requests are answered.
        held_bytes: how many there are now.
    """

    seconds: float
    max_bytes: int
    max_held_bytes: int
    held_bytes: int = 0
