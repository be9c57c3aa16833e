"""web/admission/threads.py: every thread of an idle pool is reached."""

import asyncio
import threading

import pytest

from tests.support.admitting import PATIENCE
from web.admission import Threads, threads

NUMBER = 3


def test_reaches_each_thread_once() -> None:
    """The function runs once in each thread, also in those that the pool has not started yet."""
    seen: list[int] = []
    with Threads(NUMBER, "any") as pool:
        assert asyncio.run(pool.call_in_each(lambda: seen.append(threading.get_ident())))
        idents = {thread.ident for thread in pool._threads}
    assert len(seen) == NUMBER
    assert set(seen) == idents


def test_leaves_a_busy_pool_alone() -> None:
    """If a thread is busy, the function is not called, and the others go on."""
    seen: list[int] = []
    done = threading.Event()
    with Threads(NUMBER, "any") as pool:
        pool.submit(done.wait)
        reached = asyncio.run(pool.call_in_each(lambda: seen.append(threading.get_ident())))
        done.set()
    assert not reached
    assert seen == []


def test_makes_no_job_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that comes while threads wait for a busy one is done at once, not after they have waited in vain."""
    monkeypatch.setattr(threads, "MEETING_SECONDS", 600)
    done = threading.Event()

    async def submit_meanwhile(pool: Threads) -> bool:
        reaching = asyncio.ensure_future(pool.call_in_each(lambda: None))
        await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.wrap_future(pool.submit(lambda: None)), PATIENCE)
        return await reaching

    with Threads(NUMBER, "any") as pool:
        pool.submit(done.wait)
        assert not asyncio.run(submit_meanwhile(pool))
        assert not done.is_set()
        done.set()
