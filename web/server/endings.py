"""Notices workers that end as soon as they start, so that the service stops with a sentence."""

import time
from collections.abc import Callable

YOUNG_SECONDS = 5.0
MAX_YOUNG = 10  # consecutive endings of workers that were that young

SENTENCE = (
    f"{MAX_YOUNG} workers in a row have ended within {YOUNG_SECONDS:g} s of their start: the lines above say how. "
    "Mostly there is too little memory, or a library does not suit this machine."
)


class Endings:
    """Counts consecutive endings of young workers."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """None yet.

        Args:
            clock: gives seconds.
        """
        self._clock = clock
        self._started: dict[object, float] = {}
        self._young = 0

    def start(self, worker: object) -> None:
        """Records the start of a worker."""
        self._started[worker] = self._clock()

    def end(self, worker: object) -> bool:
        """Records the end of a worker; True if starting another is hopeless."""
        now = self._clock()
        age = now - self._started.pop(worker, 0.0)
        has_others = any(now - started > YOUNG_SECONDS for started in self._started.values())
        self._young = 0 if age > YOUNG_SECONDS or has_others else self._young + 1
        return self._young >= MAX_YOUNG

    def forget(self) -> None:
        """Resets the count, because workers are about to be replaced on request."""
        self._young = 0


ENDINGS = Endings()  # of this master, which reads its configuration again on SIGHUP
