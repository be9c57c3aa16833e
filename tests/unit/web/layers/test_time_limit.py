"""web/layers/time_limit.py: work is cancelled once its time is up."""

import asyncio
from contextlib import suppress

import pytest

from web.layers.time_limit import AGAIN_SECONDS, TimeLimit


async def work(seconds: float, limit: float | None, *, stop: bool = False) -> tuple[bool, bool]:
    """Two flags: the time was up, the work was done."""
    done = False
    with TimeLimit() as time_limit:
        if limit is not None:
            time_limit.restart(limit)
        if stop:
            time_limit.stop()
        await asyncio.sleep(seconds)
        done = True
    await asyncio.sleep(0.05)  # a late cancellation would be seen here
    return time_limit.is_over, done


@pytest.mark.parametrize(
    ("seconds", "limit", "stop", "expected"),
    [
        pytest.param(60, 0.01, False, (True, False), id="in the middle"),
        pytest.param(0.01, 60, False, (False, True), id="in time"),
        pytest.param(0.01, None, False, (False, True), id="no limit"),
        pytest.param(0.03, 0.01, True, (False, True), id="lifted"),
    ],
)
def test_limits(seconds: float, limit: float | None, stop: bool, expected: tuple[bool, bool]) -> None:
    """Work that takes longer is ended, other work is not, and the code after it goes on."""
    assert asyncio.run(work(seconds, limit, stop=stop)) == expected


def test_may_be_restarted() -> None:
    """Each step may have its own time."""

    async def steps() -> int:
        done = 0
        with TimeLimit() as limit:
            for _ in range(3):
                limit.restart(0.2)
                await asyncio.sleep(0.1)
                done += 1
            limit.restart(0.01)
            await asyncio.sleep(60)
        return done

    assert asyncio.run(steps()) == 3


def test_a_cancellation_from_outside_stays_one() -> None:
    """A client that leaves cancels the work, limit or not."""

    async def leave() -> None:
        task = asyncio.create_task(work(60, 60))
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(leave())


@pytest.mark.parametrize("forgotten", [1, 3])
def test_forgotten_cancellations(forgotten: int) -> None:
    """Work that goes on although it was cancelled is cancelled again, until it ends; then nothing is left of that."""

    async def stubborn() -> bool:
        with TimeLimit() as limit:
            limit.restart(0.01)
            for _ in range(forgotten):
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(60)
            limit.restart(60)  # too late
            await asyncio.sleep(60)
        await asyncio.sleep(2 * AGAIN_SECONDS)
        return limit.is_over

    assert asyncio.run(stubborn())


def test_data_at_the_end_of_the_time() -> None:
    """Data that comes in the moment in which the time is up does not lift the limit."""

    async def wait() -> bool:
        data: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with TimeLimit() as limit:
            asyncio.get_running_loop().call_soon(data.set_result, None)
            asyncio.get_running_loop().call_soon(limit.end)
            await asyncio.wait_for(data, 60)
            await asyncio.sleep(60)
        return limit.is_over

    assert asyncio.run(wait())


def test_work_that_is_done_all_the_same() -> None:
    """Work that forgets its cancellation, and ends by itself, has ended in time."""

    async def finish() -> bool:
        with TimeLimit() as limit:
            limit.restart(0.01)
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
        await asyncio.sleep(2 * AGAIN_SECONDS)
        return limit.is_over

    assert not asyncio.run(finish())
