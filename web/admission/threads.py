"""A pool of threads, each of which can be reached."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

MEETING_SECONDS = 2.0  # for which threads wait for each other; a busy machine may be slow to run them


class Threads(ThreadPoolExecutor):
    """A pool of threads."""

    def __init__(self, number: int, name: str) -> None:
        """Starts none yet, so that an instance may be created before a fork."""
        super().__init__(number, name)
        self._number = number
        self._meeting: threading.Barrier | None = None

    def submit(
        self, function: Callable[Arguments, Result], /, *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Future[Result]:
        """Runs a function in one of the threads. None of them waits for others any longer."""
        if meeting := self._meeting:
            meeting.abort()
        return super().submit(function, *arguments, **named)

    async def call_in_each(self, function: Callable[[], object]) -> bool:
        """Calls a function in each thread of an idle pool, for example to release memory that only that thread can.

        Args:
            function: has to be brief, and may be called again.

        Returns:
            False if a thread was busy, or something else was submitted meanwhile; some threads may lack the call then.
        """
        meeting = threading.Barrier(self._number)

        def call() -> bool:
            try:
                meeting.wait(MEETING_SECONDS)
            except threading.BrokenBarrierError:
                return False
            function()
            return True

        calls = [asyncio.wrap_future(super(Threads, self).submit(call)) for _ in range(self._number)]
        self._meeting = meeting
        try:
            return all(await asyncio.gather(*calls))
        finally:
            self._meeting = None
