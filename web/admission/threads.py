"""Reaches each thread of a pool."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

MEETING_SECONDS = 0.1  # for which threads wait for each other


async def in_each_thread(threads: ThreadPoolExecutor, number: int, function: Callable[[], object]) -> bool:
    """Calls a function in each thread of an idle pool, for example to release memory that only that thread can.

    Args:
        threads: the pool.
        number: the number of its threads.
        function: has to be brief.

    Returns:
        False if a thread was busy; then the function was not called.
    """
    barrier = threading.Barrier(number)

    def call() -> bool:
        try:
            barrier.wait(MEETING_SECONDS)
        except threading.BrokenBarrierError:
            return False
        function()
        return True

    loop = asyncio.get_running_loop()
    return all(await asyncio.gather(*(loop.run_in_executor(threads, call) for _ in range(number))))
