"""A worker's background task that measures its load."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from web.metrics.metrics import Metrics

SECONDS = 1.0  # from one measurement to the next

Lifespan = Callable[[object], AbstractAsyncContextManager[None]]


def metrics_lifespan(lifespan: Lifespan, metrics: Metrics) -> Lifespan:
    """A lifespan that also measures the load at intervals, so that every worker can report that of all."""

    @asynccontextmanager
    async def both(app: object) -> AsyncIterator[None]:
        async with lifespan(app):
            task = asyncio.create_task(measure(metrics))
            yield
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return both


async def measure(metrics: Metrics) -> None:
    """Measures the load at intervals, for ever."""
    while True:
        metrics.sample()
        await asyncio.sleep(SECONDS)
