"""The interface through which photos borrow cores and memory."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Cores(Protocol):
    """The cores that photos share. Threads that process photos call its methods."""

    @property
    def is_alone(self) -> bool:
        """True if at most one photo is being processed or waiting."""

    def decoding(self, size: int) -> AbstractContextManager[None]:
        """Reserves `size` bytes for a photo's pixels while the context lasts; raises an error if there is no room."""

    def spread(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Applies a function to each item, in parallel if cores are free."""
