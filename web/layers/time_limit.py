"""Limits the time that a request may take."""

import asyncio
from types import TracebackType

AGAIN_SECONDS = 0.15


class TimeLimit:
    """A context whose work is cancelled once its time is up; it then ends without an exception.

    The work is cancelled repeatedly until it ends: before Python 3.12, asyncio.wait_for, with which gunicorn waits for
    bodies, loses a cancellation that coincides with data, so that slow senders would have no limit.

    asyncio.timeout needs Python 3.11, and anyio's scopes are too expensive for every photo.

    Attributes:
        is_over: True if the time was up and the work was not done.
    """

    def __init__(self) -> None:
        """Sets no limit yet."""
        self.is_over = False
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._cancellations = 0

    def __enter__(self) -> "TimeLimit":  # noqa: PYI034 - typing has Self from Python 3.11 on
        self._task = asyncio.current_task()
        return self

    def restart(self, seconds: float) -> None:
        """Limits the time to `seconds` from now, unless it is over already."""
        if self.is_over:
            return
        self.stop()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.end)

    def stop(self) -> None:
        """Lifts the limit."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def end(self) -> None:
        """Cancels the work now."""
        self.stop()
        if self._task is not None:
            self.is_over = True
            self._cancellations += 1
            self._task.cancel()
            self._timer = asyncio.get_running_loop().call_later(AGAIN_SECONDS, self.end)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        self.stop()
        task, self._task = self._task, None
        if task is not None and hasattr(task, "uncancel"):  # from Python 3.11 on
            for _cancellation in range(self._cancellations):
                task.uncancel()
        self.is_over = self.is_over and kind is asyncio.CancelledError
        return self.is_over
