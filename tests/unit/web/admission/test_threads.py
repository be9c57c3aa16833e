"""web/admission/threads.py: every thread of an idle pool is reached."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from web.admission import in_each_thread

NUMBER = 3


def test_reaches_each_thread_once() -> None:
    """The function runs once in each thread, also in those that the pool has not started yet."""
    seen: list[int] = []
    with ThreadPoolExecutor(NUMBER) as threads:
        assert asyncio.run(in_each_thread(threads, NUMBER, lambda: seen.append(threading.get_ident())))
        idents = {thread.ident for thread in threads._threads}
    assert len(seen) == NUMBER
    assert set(seen) == idents


def test_leaves_a_busy_pool_alone() -> None:
    """If a thread is busy, the function is not called, and the others go on."""
    seen: list[int] = []
    done = threading.Event()
    with ThreadPoolExecutor(NUMBER) as threads:
        threads.submit(done.wait)
        reached = asyncio.run(in_each_thread(threads, NUMBER, lambda: seen.append(threading.get_ident())))
        done.set()
    assert not reached
    assert seen == []
