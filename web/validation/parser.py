"""Parses bodies: quick ones in the event loop, others in a thread."""

import asyncio
from collections.abc import Callable

from web.validation.occurrences import exceeds

Read = Callable[[bytes, str], object]  # from a body and its Content-Type to the handler's argument

LARGE, MANY = 1 << 20, 5000  # bytes and commas of a body that takes milliseconds


class Parser:
    """Parses the bodies of a service.

    It parses large ones one at a time: a library that parses a form of 30 MB keeps Python from running anything else
    for up to 40 ms. Parsing several at a time would be no faster, and would keep probes waiting for all of them.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def parse(self, read: Read, body: bytes, content_type: str) -> object:
        """Calls a reader, in a thread if that may take milliseconds."""
        if len(body) < LARGE and not exceeds(body, b",", MANY):
            return read(body, content_type)
        async with self._turn:
            return await asyncio.to_thread(read, body, content_type)
