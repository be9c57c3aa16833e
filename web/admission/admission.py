"""Admits requests to a short queue, and their jobs to the cores.

It bounds the work of a process: jobs at work, requests in the queue, bytes held and bytes decoded. Requests beyond a
bound are refused at once, which costs next to nothing. Requests that wait hold no thread.
"""

import asyncio
import contextvars
import functools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from web.admission.claim import Claim, Places, Room
from web.admission.errors import Overloaded
from web.admission.threads import Threads

Arguments = ParamSpec("Arguments")
Item = TypeVar("Item")
Result = TypeVar("Result")

# Set for a job at work: True once no one waits for its result any more.
ABANDONED: contextvars.ContextVar[threading.Event] = contextvars.ContextVar("abandoned")


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """The bounds for one process.

    Attributes:
        at_once: jobs at work.
        queue: requests that wait for a core.
        held_bytes: the bodies of all requests.
        decoded_bytes: the decoded data of all jobs at work; a lone job may take more.
    """

    at_once: int
    queue: int = 32
    held_bytes: int = 256 << 20
    decoded_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Load:
    """The load at one moment.

    Attributes:
        at_work: jobs that are being done.
        waiting: jobs that wait for a core.
        oldest_seconds: the time that the first of these has waited; 0 if there is none.
        decoded_bytes: bytes of the decoded data of jobs at work.
    """

    at_work: int
    waiting: int
    oldest_seconds: float
    decoded_bytes: int


class Admission:
    """Admits requests, and lends threads and memory to their jobs.

    Its methods are for the event loop, except `decoding`, `spread` and `is_alone`, which are for the threads.

    Attributes:
        limits: the bounds.
        on_wait: called with the seconds that a job has waited for a core, in its thread and context.
    """

    def __init__(self, limits: AdmissionLimits, on_wait: Callable[[float], object] = lambda _seconds: None) -> None:
        """Starts no thread yet, so that an instance may be created before a fork."""
        self.limits = limits
        self.on_wait = on_wait
        self._threads = Threads(limits.at_once, "jobs")
        self._lock = threading.Lock()
        self._present = 0  # jobs at work or waiting
        # The monotonic time at which each job began to wait, in order. Each access is one atomic operation of Python,
        # since a thread that waited for a lock here would hold up the others.
        self._waiting: dict[object, float] = {}
        self._decoded_bytes = 0
        self._places = Places(limits.at_once, limits.queue)
        self._room = Room(limits.held_bytes)

    def admit(self, size: int = 0) -> Claim:
        """Claims a place in the queue, and room for a body, for a request whose body is still to come.

        Args:
            size: of the body, bytes; 0 if it is unknown.

        Raises:
            Overloaded: the queue is full, or there is no room.
        """
        if self._places.are_taken():
            raise Overloaded
        claim = Claim(self._places, self._room, time.monotonic())
        try:
            claim.hold(size)
        except Overloaded:
            claim.release()
            raise
        return claim

    def has_queue(self) -> bool:
        """True if requests that have arrived wait for a core."""
        return self._places.free_for_arrived < self._places.queue

    async def run(
        self, function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """Does one job: calls a function in one of the threads, with the caller's context variables.

        There is one thread for each job that may be at work. A job that is cancelled before a thread has taken it
        never runs; one that is cancelled later ends at the next item that it spreads.
        """
        job = object()
        started = time.monotonic()
        abandoned = threading.Event()

        def work() -> Result:
            ABANDONED.set(abandoned)
            self._waiting.pop(job, None)
            self.on_wait(time.monotonic() - started)
            return function(*arguments, **named)

        call = functools.partial(contextvars.copy_context().run, work)
        with self._job():
            self._waiting[job] = started
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, call)
            except asyncio.CancelledError:
                abandoned.set()
                raise
            finally:
                self._waiting.pop(job, None)  # if it was cancelled

    async def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Does one job per item: applies a function to each, and returns the results in order.

        At most as many items as there are threads wait at a time, so that a large batch does not delay others.
        """
        places = asyncio.Semaphore(self.limits.at_once)

        async def run_in_place(item: Item) -> Result:
            async with places:
                return await self.run(function, item)

        tasks = [asyncio.ensure_future(run_in_place(item)) for item in items]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:  # if one has failed
                task.cancel()

    async def in_each_thread(self, function: Callable[[], object]) -> bool:
        """Calls a function in each thread for jobs; see Threads."""
        return await self._threads.call_in_each(function)

    def load(self) -> Load:
        """The load at this moment."""
        waiting = list(self._waiting.values())
        age = time.monotonic() - waiting[0] if waiting else 0.0
        return Load(self._present - len(waiting), len(waiting), age, self._decoded_bytes)

    @property
    def is_alone(self) -> bool:
        """True if at most one job is at work or waiting."""
        return self._present <= 1

    def spread(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Applies a function to each item, in parallel while the job that needs it is alone.

        As soon as another job comes, the first one continues in its own thread alone.

        Args:
            function: takes one item.
            items: the parts of the job.

        Raises:
            Overloaded: no one waits for the results any more.
        """
        threads = min(self.limits.at_once, len(items)) if self.is_alone else 1
        abandoned = ABANDONED.get(None)
        results: dict[int, Result] = {}
        waiting = deque(enumerate(items))

        def work(*, helps: bool) -> None:
            while self.is_alone or not helps:
                if abandoned is not None and abandoned.is_set():
                    raise Overloaded("time")
                try:
                    index, item = waiting.popleft()
                except IndexError:
                    return
                results[index] = function(item)

        helpers = [self._threads.submit(work, helps=True) for _ in range(threads - 1)]
        try:
            work(helps=False)
        finally:
            waiting.clear()
            for helper in helpers:
                if not helper.cancel():
                    helper.result()
        return [results[index] for index in range(len(items))]

    @contextmanager
    def decoding(self, size: int) -> Iterator[None]:
        """Reserves room for a job's decoded data while the context lasts.

        Args:
            size: bytes.

        Raises:
            Overloaded: other jobs leave no room.
        """
        with self._lock:
            if self._decoded_bytes and self._decoded_bytes + size > self.limits.decoded_bytes:
                raise Overloaded("memory")
            self._decoded_bytes += size
        try:
            yield
        finally:
            with self._lock:
                self._decoded_bytes -= size

    @contextmanager
    def _job(self) -> Iterator[None]:
        self._present += 1
        try:
            yield
        finally:
            self._present -= 1
