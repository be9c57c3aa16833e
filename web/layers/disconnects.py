"""Stops the work for clients that disconnect before they are answered."""

from collections.abc import Awaitable
from typing import TypeVar

import anyio
from starlette.types import Receive

Result = TypeVar("Result")


class ClientDisconnected(Exception):
    """The connection was closed before the request was answered; there is no one left to answer."""


async def while_connected(receive: Receive, work: Awaitable[Result]) -> Result:
    """Awaits some work for a client whose whole body has been read.

    Raises:
        ClientDisconnected: the client has disconnected, and the work was cancelled.
    """
    results: list[Result] = []

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(watch)
        results.append(await work)
        group.cancel_scope.cancel()
    if not results:
        raise ClientDisconnected
    return results[0]
