"""What a worker does between its start and its end, besides answering."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from detector.detector import Detector

logger = logging.getLogger(__name__)


def looking_after(detector: Detector, seconds: float) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """A lifespan that gets a detector ready and keeps its models as their folder has them.

    The models answer once, in the background, while probes are answered. Each worker looks at the folder itself: that
    needs no signal, works on mounted volumes, and closes no connection, as a restart of workers would.

    Args:
        detector: the worker's.
        seconds: from one look at the folder to the next; 0 for none.
    """

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        task = asyncio.create_task(look_after(detector, seconds))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return lifespan


async def look_after(detector: Detector, seconds: float) -> None:
    """Get a detector ready, then follow its folder."""
    if seconds:  # the folder may have changed since the process was forked from that which read it
        await asyncio.to_thread(attempt, lambda: detector.refresh(settled=False))
    await asyncio.to_thread(attempt, detector.warm_up)
    while seconds:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(attempt, detector.refresh)


def attempt(step: Callable[[], None]) -> None:
    """Do a step; where it fails, the service lives on, and its log says why."""
    try:
        step()
    except Exception:
        logger.exception("Looking after the models failed.")
