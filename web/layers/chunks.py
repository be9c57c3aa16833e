"""Joins the chunks of a body."""

import asyncio
from collections.abc import Sequence

LARGE = 4 << 20  # bytes that take milliseconds


async def join_chunks(chunks: Sequence[bytes]) -> bytes:
    """The chunks as one body; a large one is copied in a thread."""
    if sum(map(len, chunks)) < LARGE:
        return b"".join(chunks)
    return await asyncio.to_thread(b"".join, chunks)
