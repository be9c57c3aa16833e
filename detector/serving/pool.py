"""A bounded set of interpreters: each one serves one caller at a time."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from detector.tflite import Interpreter


class Pool:
    """Interpreters of one model, built when first needed, except one that may be there before a fork.

    Never more than `size` run the model on one thread. One more, for a lone caller, runs it on `threads`.
    """

    def __init__(self, build: Callable[[int], Interpreter], size: int, threads: int = 1) -> None:
        """A pool that holds no interpreter yet.

        Args:
            build: makes an interpreter that runs on so many threads.
            size: how many may run at once.
            threads: how many a lone caller gets.
        """
        self._shared = _Stock(lambda: build(1), size)
        self._lone = _Stock(lambda: build(threads), 1) if threads > 1 else self._shared

    def keep(self, interpreter: Interpreter) -> None:
        """Take in an interpreter that is built already, on one thread.

        Before a fork it may be: on one thread LiteRT starts no others, and the workers share its weights, which makes
        each further worker 6 MB smaller with the bundled model (benchmarks/footprint.py).
        """
        self._shared.keep(interpreter)

    @contextmanager
    def interpreter(self, *, alone: bool = False) -> Iterator[Interpreter]:
        """An interpreter for the caller; waits for one where all are busy.

        Args:
            alone: whether nobody else needs the cores.
        """
        with (self._lone if alone else self._shared).take() as interpreter:
            yield interpreter


class _Stock:
    """Interpreters of one kind, never more than `size`."""

    def __init__(self, build: Callable[[], Interpreter], size: int) -> None:
        self._build = build
        self._permits = threading.Semaphore(size)
        self._idle: queue.SimpleQueue[Interpreter] = queue.SimpleQueue()

    def keep(self, interpreter: Interpreter) -> None:
        """Take one in that was built elsewhere."""
        self._idle.put(interpreter)

    @contextmanager
    def take(self) -> Iterator[Interpreter]:
        """One of them; waits for one where all are busy."""
        with self._permits:
            try:
                interpreter = self._idle.get_nowait()
            except queue.Empty:
                interpreter = self._build()
            try:
                yield interpreter
            finally:
                self._idle.put(interpreter)
