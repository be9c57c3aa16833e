"""How many callers use the cores at a time, and whether one has them to itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets `at_once` callers work at a time; the others wait.

    Attributes:
        present: how many work or wait.
    """

    def __init__(self, at_once: int) -> None:
        self.present = 0
        self._lock = threading.Lock()
        self._permits = threading.Semaphore(at_once)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A turn, once it has come."""
        self._count(1)
        try:
            with self._permits:
                yield
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._lock:
            self.present += more
