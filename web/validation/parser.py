"""Parses bodies: quick ones in the event loop, others in a thread."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

Read = Callable[[bytes, str], object]  # from a body and its Content-Type to the handler's argument

LARGE, MANY = 1 << 20, 5000  # bytes and commas of a body that takes milliseconds

# One thread: a library that parses 30 MB keeps Python from running anything else for up to 60 ms. Parsing several at a
# time would be no faster, and would keep probes waiting for all of them.
THREAD = ThreadPoolExecutor(1, "bodies")


async def parse(read: Read, body: bytes, content_type: str) -> object:
    """Calls a reader, in a thread if that may take milliseconds."""
    if len(body) < LARGE and body.count(b",") < MANY:
        return read(body, content_type)
    call = partial(contextvars.copy_context().run, read, body, content_type)
    return await asyncio.get_running_loop().run_in_executor(THREAD, call)
