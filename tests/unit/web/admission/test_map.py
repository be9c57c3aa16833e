"""web/admission/admission.py: the photos of a batch take turns with those of others."""

import asyncio
import threading
import time

import pytest

from tests.support.admitting import PATIENCE, admission


def test_map_keeps_the_order() -> None:
    """Results are in the order of the items, whichever is done first."""
    second_is_done = threading.Event()

    def call(number: int) -> int:
        if number == 0:
            assert second_is_done.wait(PATIENCE)
        else:
            second_is_done.set()
        return number * 10

    assert asyncio.run(admission(2).map(call, range(3))) == [0, 10, 20]


def test_map_raises_an_items_exception() -> None:
    """An exception reaches the caller, and waiting items are not begun."""
    done: list[int] = []

    def call(number: int) -> None:
        done.append(number)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(admission(2).map(call, range(100)))
    assert len(done) < 50


def test_a_large_batch_and_a_photo_take_turns() -> None:
    """A photo that arrives during a batch waits for at most as many of its photos as there are threads."""
    done: list[str] = []

    async def both() -> None:
        admitted, loop, begun = admission(), asyncio.get_running_loop(), asyncio.Event()

        def call(name: str) -> None:
            loop.call_soon_threadsafe(begun.set)
            done.append(name)

        batch = asyncio.create_task(admitted.map(call, [f"batch {number}" for number in range(50)]))
        await begun.wait()
        await admitted.run(done.append, "single")
        await batch

    asyncio.run(both())
    assert done.index("single") < 25
    assert len(done) == 51


def test_photos_cannot_starve_a_batch() -> None:
    """A batch advances, photo by photo, while others keep all cores busy and the queue full."""
    done: list[str] = []

    async def crowd() -> None:
        admitted = admission()
        stop = False

        def call(name: str) -> None:
            time.sleep(0.002)
            done.append(name)

        async def client() -> None:
            while not stop:
                await admitted.run(call, "single")

        clients = [asyncio.create_task(client()) for _ in range(10)]
        await asyncio.sleep(0)
        await admitted.map(call, ["batch"] * 20)
        stop = True
        await asyncio.gather(*clients)

    asyncio.run(asyncio.wait_for(crowd(), PATIENCE))
    assert done.count("batch") == 20
    assert done.count("single") < 20 * 15
