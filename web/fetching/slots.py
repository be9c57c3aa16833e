"""Bounds the fetches at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import anyio

AT_ONCE = 256
AT_ONCE_PER_HOST = 64


class Slots:
    """Slots for the fetches of all requests; one host gets only some of them, so that a slow one delays no other."""

    def __init__(self) -> None:
        self._all = anyio.Semaphore(AT_ONCE)
        self._hosts: WeakValueDictionary[str, anyio.Semaphore] = WeakValueDictionary()  # those with fetches

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """A context that waits for a slot and holds it."""
        of_host = self._hosts.get(host)
        if of_host is None:
            of_host = self._hosts[host] = anyio.Semaphore(AT_ONCE_PER_HOST)
        async with of_host, self._all:
            yield
