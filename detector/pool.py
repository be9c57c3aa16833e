"""A bounded set of interpreters: each one serves one thread at a time."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from detector.runtime import Interpreter


class Pool:
    """Interpreters of one model, built when first needed (so after a fork) and never more than `size`."""

    def __init__(self, build: Callable[[], Interpreter], size: int) -> None:
        self._build = build
        self._permits = threading.Semaphore(size)
        self._idle: queue.SimpleQueue[Interpreter] = queue.SimpleQueue()

    @contextmanager
    def interpreter(self) -> Iterator[Interpreter]:
        """An interpreter for the calling thread alone; waits for one where all are busy."""
        with self._permits:
            try:
                interpreter = self._idle.get_nowait()
            except queue.Empty:
                interpreter = self._build()
            try:
                yield interpreter
            finally:
                self._idle.put(interpreter)
