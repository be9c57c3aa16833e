"""What lends cores and memory to the photos that are worked on."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Cores(Protocol):
    """The cores that photos share. Its methods are called by the threads that work on photos."""

    @property
    def is_alone(self) -> bool:
        """True if no more than one photo is at work or waits."""

    def decoding(self, size: int) -> AbstractContextManager[None]:
        """Room for a photo's pixels, `size` bytes, while they are needed; raises an error if there is none."""

    def spread(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Apply a function to each item, at the same time where cores are free."""
