"""The answer of a handler that sets a status or headers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Body = TypeVar("Body")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Body]):
    """A body with a status or headers of its own.

    Attributes:
        body: an object from schemas, bytes, or None if the contract describes no body.
        headers: such as Location.
        status: one that the contract describes; by default, its first success.
    """

    body: Body
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
