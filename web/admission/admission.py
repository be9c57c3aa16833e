"""Admits requests to a short queue, and their photos to the cores.

It bounds the work of a process: photos at work, requests in the queue, bytes held and bytes decoded. Requests beyond a
bound are refused at once, which costs next to nothing. Requests that wait hold no thread.
"""

import asyncio
import contextvars
import functools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from web.admission.claim import Claim, Places, Room
from web.admission.errors import Overloaded
from web.admission.threads import in_each_thread

Arguments = ParamSpec("Arguments")
Item = TypeVar("Item")
Result = TypeVar("Result")

# Set for a photo at work: True once no one waits for its result any more.
ABANDONED: contextvars.ContextVar[threading.Event] = contextvars.ContextVar("abandoned")


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """The bounds for one process.

    Attributes:
        at_once: photos at work.
        queue: requests that wait for a core.
        held_bytes: the bodies of all requests.
        decoded_bytes: the pixels of all photos at work; a lone photo may take more.
    """

    at_once: int
    queue: int = 32
    held_bytes: int = 256 << 20
    decoded_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Load:
    """The load at one moment.

    Attributes:
        at_work: photos that are being processed.
        waiting: photos that wait for a core.
        oldest_seconds: the time that the first of these has waited; 0 if there is none.
        decoded_bytes: bytes of the pixels of photos at work.
    """

    at_work: int
    waiting: int
    oldest_seconds: float
    decoded_bytes: int


class Admission:
    """Admits requests, and lends threads and memory to photos.

    Its methods are for the event loop, except `decoding`, `spread` and `is_alone`, which are for the threads.

    Attributes:
        limits: the bounds.
        on_wait: called with the seconds that a photo has waited for a core, in its thread and context.
    """

    def __init__(self, limits: AdmissionLimits, on_wait: Callable[[float], object] = lambda _seconds: None) -> None:
        """Starts no thread yet, so that an instance may be created before a fork."""
        self.limits = limits
        self.on_wait = on_wait
        self._threads = ThreadPoolExecutor(limits.at_once, "photos")
        self._lock = threading.Lock()
        self._present = 0  # photos at work or waiting
        # The monotonic time at which each photo began to wait, in order. Each access is one atomic operation of Python,
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
        claim = Claim(self._places, self._room, time.monotonic())
        claim.take_place()
        try:
            claim.hold(size)
        except Overloaded:
            claim.release()
            raise
        return claim

    def is_full(self) -> bool:
        """True if another request would be refused."""
        return self._places.are_taken()

    async def run(
        self, function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """Calls a function for one photo in one of the threads, with the caller's context variables.

        There is one thread for each photo that may be at work. A call that is cancelled before a thread has taken it
        never runs; one that is cancelled later ends at the next item that it spreads.
        """
        photo = object()
        started = time.monotonic()
        abandoned = threading.Event()

        def work() -> Result:
            ABANDONED.set(abandoned)
            self._waiting.pop(photo, None)
            self.on_wait(time.monotonic() - started)
            return function(*arguments, **named)

        call = functools.partial(contextvars.copy_context().run, work)
        with self._photo():
            self._waiting[photo] = started
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, call)
            except asyncio.CancelledError:
                abandoned.set()
                raise
            finally:
                self._waiting.pop(photo, None)  # if it was cancelled

    async def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Applies a function for one photo to each item, and returns the results in order.

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
        """Calls a function in each thread for photos; see in_each_thread."""
        return await in_each_thread(self._threads, self.limits.at_once, function)

    def load(self) -> Load:
        """The load at this moment."""
        waiting = list(self._waiting.values())
        age = time.monotonic() - waiting[0] if waiting else 0.0
        return Load(self._present - len(waiting), len(waiting), age, self._decoded_bytes)

    @property
    def is_alone(self) -> bool:
        """True if at most one photo is at work or waiting."""
        return self._present <= 1

    def spread(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Applies a function to each item, in parallel while the photo that needs it is alone.

        As soon as another photo comes, the photo's own thread goes on by itself.

        Args:
            function: such as a model's run.
            items: such as the models.

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
        """Reserves room for a photo's pixels while the context lasts.

        Args:
            size: bytes.

        Raises:
            Overloaded: other photos leave no room.
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
    def _photo(self) -> Iterator[None]:
        self._present += 1
        try:
            yield
        finally:
            self._present -= 1
