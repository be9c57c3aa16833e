"""A model's interpreters, each of which serves one caller at a time."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from detector.tflite import Interpreter


class Pool:
    """Interpreters of one model, built when first needed, except one that may be added before a fork.

    There are never more than concurrent callers, which admission bounds. A lone caller gets one with several threads.
    """

    def __init__(self, build: Callable[[int], Interpreter], threads: int = 1) -> None:
        """Builds no interpreter yet.

        Args:
            build: builds an interpreter that runs on a number of threads.
            threads: the number of threads for a lone caller.
        """
        self._shared = _Interpreters(lambda: build(1))
        self._exclusive = _Interpreters(lambda: build(threads)) if threads > 1 else self._shared

    def keep(self, interpreter: Interpreter) -> None:
        """Adds an interpreter that was built elsewhere, on one thread.

        It may be built before a fork: on one thread LiteRT starts no others, and the workers share its weights, which
        makes each further worker 6 MB smaller with the bundled model (benchmarks/footprint.py).
        """
        self._shared.keep(interpreter)

    @contextmanager
    def interpreter(self, *, alone: bool = False) -> Iterator[Interpreter]:
        """Lends an interpreter to the caller.

        Args:
            alone: True if no one else needs the cores.
        """
        with (self._exclusive if alone else self._shared).take() as interpreter:
            yield interpreter


class _Interpreters:
    """Interpreters of one kind."""

    def __init__(self, build: Callable[[], Interpreter]) -> None:
        self._build = build
        self._idle: queue.SimpleQueue[Interpreter] = queue.SimpleQueue()

    def keep(self, interpreter: Interpreter) -> None:
        """Adds one that was built elsewhere."""
        self._idle.put(interpreter)

    @contextmanager
    def take(self) -> Iterator[Interpreter]:
        """Lends an idle one, or a new one if none is idle."""
        try:
            interpreter = self._idle.get_nowait()
        except queue.Empty:
            interpreter = self._build()
        try:
            yield interpreter
        finally:
            self._idle.put(interpreter)
