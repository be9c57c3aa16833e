"""A worker's background task: warms the models up, then reloads them when their folder changes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from detector import Detector

START_SECONDS = 20.0  # before which a worker listens even if it has not read the whole folder yet

logger = logging.getLogger(__name__)


def model_lifespan(detector: Detector, seconds: float) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """A lifespan that warms a detector up and keeps its models as their folder has them.

    A worker listens once it has read the folder, so that it knows all models that the worker before it knew. The models
    are warmed up in the background, while probes are answered. Each worker watches the folder itself: that needs no
    signal, works on mounted volumes, and closes no connection, as restarting workers would.

    Args:
        detector: the worker's.
        seconds: from one look at the folder to the next; 0 for never.
    """

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        if seconds:
            await read_folder(detector)
        task = asyncio.create_task(watch_models(detector, seconds))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return lifespan


async def read_folder(detector: Detector) -> None:
    """Read the folder, which may have changed since the process that read it forked this one.

    A file that takes long to try does not keep the worker from serving the others.
    """
    reading = asyncio.create_task(asyncio.to_thread(log_failures, lambda: detector.refresh(settled=False)))
    await asyncio.wait([reading], timeout=START_SECONDS)


async def watch_models(detector: Detector, seconds: float) -> None:
    """Warm a detector up, then follow its folder."""
    await asyncio.to_thread(log_failures, detector.warm_up)
    while seconds:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(log_failures, detector.refresh)


def log_failures(step: Callable[[], None]) -> None:
    """Run a step; if it fails, log the reason and go on."""
    try:
        step()
    except Exception:
        logger.exception("Watching the models failed.")
