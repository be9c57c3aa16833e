"""A worker's background task: warms the models up, then reloads them when their folder changes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Protocol

START_SECONDS = 20.0  # after which a worker listens even if it has not read the whole folder yet

logger = logging.getLogger(__name__)


class Watched(Protocol):
    """An object with models in a folder."""

    def warm_up(self) -> object:
        """Runs every model once."""

    def refresh(self, *, settled: bool = True) -> bool:
        """Serves what has changed in the folder; unless `settled`, also files that may still be written."""


def model_lifespan(
    watched: Watched, seconds: float, on_change: Callable[[], object] = lambda: None
) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """A lifespan that warms models up and reloads them when their folder changes.

    A worker listens once it has read the folder, so that it knows all models that the worker before it knew. It warms
    them up in the background, while it answers probes. Each worker watches the folder itself: that needs no signal,
    works on mounted volumes and, unlike a restart of workers, closes no connection.

    Args:
        watched: the worker's models.
        seconds: the interval between checks of the folder; 0 to never check.
        on_change: called after models have changed, to release the memory of removed ones.
    """

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        if seconds:
            await read_folder(watched)
        task = asyncio.create_task(watch_models(watched, seconds, on_change))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return lifespan


async def read_folder(watched: Watched) -> None:
    """Reads the folder, which may have changed since the parent process read it.

    A file that takes long to try does not delay the others.
    """
    reading = asyncio.create_task(asyncio.to_thread(log_failures, lambda: watched.refresh(settled=False)))
    await asyncio.wait([reading], timeout=START_SECONDS)


async def watch_models(watched: Watched, seconds: float, on_change: Callable[[], object]) -> None:
    """Warms the models up, then follows their folder."""
    await asyncio.to_thread(log_failures, watched.warm_up)
    while seconds:
        await asyncio.sleep(seconds)
        if await asyncio.to_thread(log_failures, watched.refresh):
            on_change()


def log_failures(step: Callable[[], object]) -> object:
    """Runs a step and returns its result; if it fails, logs the reason and continues."""
    try:
        return step()
    except Exception:
        logger.exception("Watching the models failed.")
        return None
