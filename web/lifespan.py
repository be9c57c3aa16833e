"""What a worker does between its start and its end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from detector.detector import Detector

logger = logging.getLogger(__name__)


def warming_up(detector: Detector) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """A lifespan that lets the models answer once in each worker, in the background: probes are answered meanwhile."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        warm_up = asyncio.get_running_loop().run_in_executor(None, try_to_warm_up, detector)
        yield
        await warm_up

    return lifespan


def try_to_warm_up(detector: Detector) -> None:
    """Warm a detector up; where that fails, the service lives on, unready, and its log says why."""
    try:
        detector.warm_up()
    except Exception:
        logger.exception("A model does not answer; this worker does not get ready.")
