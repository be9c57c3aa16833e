"""web/threads.py: photos wait in order, none too long."""

import asyncio
import contextvars
import threading

import pytest

from web.threads import PhotoThreads

WORD: contextvars.ContextVar[str] = contextvars.ContextVar("word")


def test_runs_in_a_thread_with_the_callers_context() -> None:
    """A function gets its arguments, runs beside the event loop, and sees the caller's context variables."""

    def call(number: int, *, more: int) -> tuple[int, str, bool]:
        return number + more, WORD.get(), threading.current_thread() is threading.main_thread()

    WORD.set("hello")
    assert asyncio.run(PhotoThreads(1).run(call, 1, more=2)) == (3, "hello", False)


def test_map_keeps_the_order() -> None:
    """Results come in the order of the items, whichever is done first."""
    second_is_done = threading.Event()

    def call(number: int) -> int:
        if number == 0:
            assert second_is_done.wait(60)
        else:
            second_is_done.set()
        return number * 10

    assert asyncio.run(PhotoThreads(2).map(call, range(3))) == [0, 10, 20]


def test_map_raises_what_an_item_raises() -> None:
    """An exception reaches the caller."""
    with pytest.raises(ZeroDivisionError):
        asyncio.run(PhotoThreads(2).map(lambda number: 1 // number, [1, 0, 2]))


def test_a_large_batch_keeps_others_not_waiting() -> None:
    """A photo that comes during a batch waits for no more of it than there are threads."""
    done: list[str] = []

    async def both() -> None:
        threads, loop, begun = PhotoThreads(1), asyncio.get_running_loop(), asyncio.Event()

        def call(name: str) -> None:
            loop.call_soon_threadsafe(begun.set)
            done.append(name)

        batch = asyncio.create_task(threads.map(call, [f"batch {number}" for number in range(50)]))
        await begun.wait()
        await threads.run(done.append, "single")
        await batch

    asyncio.run(both())
    assert done.index("single") < 25
    assert len(done) == 51
