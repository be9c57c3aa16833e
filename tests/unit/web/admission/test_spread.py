"""web/admission/admission.py: a lone photo's tasks are spread over idle threads."""

import asyncio
import threading
import time

import pytest

from tests.support.admitting import PATIENCE, admission


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_abandoned_photo_stops_early(at_once: int) -> None:
    """A photo whose client leaves while it is at work does not finish what it has spread, on one core or on all."""
    done: list[int] = []

    async def leave() -> None:
        admitted, loop, begun, left = admission(at_once), asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def look(number: int) -> None:
            loop.call_soon_threadsafe(begun.set)
            assert left.wait(PATIENCE)
            done.append(number)

        photo = asyncio.create_task(admitted.run(admitted.spread, look, list(range(50))))
        await begun.wait()
        photo.cancel()
        with pytest.raises(asyncio.CancelledError):
            await photo
        left.set()
        assert await admitted.run(admitted.spread, abs, [-1, -2]) == [1, 2]

    asyncio.run(leave())
    assert len(done) <= at_once


def test_spreads_for_a_lone_photo() -> None:
    """The tasks of a lone photo run concurrently; in a crowd they run in the photo's own thread."""
    both = threading.Barrier(2)
    here = threading.current_thread

    async def lone() -> list[int]:
        return await admitted.run(admitted.spread, lambda number: both.wait(PATIENCE) * 0 + number, [1, 2])

    async def crowd() -> list[set[threading.Thread]]:
        return await asyncio.gather(
            *(admitted.run(lambda: {here(), *admitted.spread(lambda _: here(), [1, 2])}) for _ in range(3))
        )

    admitted = admission(2)
    assert asyncio.run(lone()) == [1, 2]
    assert [len(threads) for threads in asyncio.run(crowd())] == [1, 1, 1]
    assert admitted.spread(str, []) == []


def test_spread_tasks_never_wait_for_others() -> None:
    """If all other threads are taken meanwhile, a photo runs its spread tasks itself."""

    async def taken() -> list[int]:
        admitted, loop, begun, release = admission(2), asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def spread() -> list[int]:
            loop.call_soon_threadsafe(begun.set)
            assert occupied.wait(PATIENCE)
            admitted._present = 1
            return admitted.spread(abs, [-1, -2, -3])

        occupied = threading.Event()
        lone = asyncio.create_task(admitted.run(spread))
        await begun.wait()
        other = asyncio.create_task(admitted.run(release.wait, PATIENCE))
        await asyncio.sleep(0.05)
        occupied.set()
        numbers = await lone
        release.set()
        await other
        return numbers

    assert asyncio.run(taken()) == [1, 2, 3]


def test_helpers_leave_once_another_photo_arrives() -> None:
    """Once another photo arrives, the helping threads finish their items and leave; every item is processed."""
    admitted, threads = admission(2), []
    both = threading.Barrier(2)

    def look(number: int) -> int:
        threads.append(threading.current_thread())
        if number < 2:
            both.wait(PATIENCE)
            admitted._present = 2  # another photo
        time.sleep(0.01)
        return number

    async def lone() -> list[int]:
        return await admitted.run(admitted.spread, look, list(range(12)))

    assert asyncio.run(lone()) == list(range(12))
    assert len(set(threads[:2])) == 2
    assert len(set(threads[2:])) == 1


def test_a_failed_task_fails_its_photo() -> None:
    """A failure in any thread reaches the photo, and the threads are free again."""

    def fail(number: int) -> None:
        raise LookupError(number)

    async def lone() -> None:
        await admitted.run(admitted.spread, fail, [1, 2, 3])

    admitted = admission(2)
    with pytest.raises(LookupError):
        asyncio.run(lone())
    assert asyncio.run(admitted.run(lambda: admitted.spread(abs, [-1, -2, -3]))) == [1, 2, 3]
