"""web/admission/admission.py: photos wait in order, none for too long, and at most one runs per core."""

import asyncio
import contextvars
import threading
import time

import pytest

from web.admission.admission import Admission, AdmissionLimits, Load
from web.admission.claim import Claim
from web.admission.errors import Overloaded

WORD: contextvars.ContextVar[str] = contextvars.ContextVar("word")
PATIENCE = 60


def admission(at_once: int = 1, queue: int = 32, decoded_bytes: int = 100) -> Admission:
    """An admission with some limits."""
    return Admission(AdmissionLimits(at_once, queue, decoded_bytes=decoded_bytes))


def test_runs_in_a_thread_with_the_callers_context() -> None:
    """A function gets its arguments, runs beside the event loop, and sees the caller's context variables."""

    def call(number: int, *, more: int) -> tuple[int, str, bool]:
        return number + more, WORD.get(), threading.current_thread() is threading.main_thread()

    WORD.set("hello")
    assert asyncio.run(admission().run(call, 1, more=2)) == (3, "hello", False)


@pytest.mark.parametrize("at_once", [1, 3])
def test_exactly_the_maximum_are_at_work(at_once: int) -> None:
    """Of many photos, exactly the maximum are at work at a time."""
    all_at_once = threading.Barrier(at_once)
    lock = threading.Lock()
    working, most = 0, 0

    def call(_: int) -> None:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        all_at_once.wait(PATIENCE)  # passes only if that many work at a time
        with lock:
            working -= 1

    async def many() -> None:
        admitted = admission(at_once)
        await asyncio.gather(*(admitted.run(call, number) for number in range(4 * at_once)))

    asyncio.run(many())
    assert most == at_once


def test_a_cancelled_photo_is_not_worked_on() -> None:
    """A photo whose client has left while it waited is skipped, and the next one takes its turn."""
    done: list[str] = []

    async def leave() -> None:
        admitted, release, begun = admission(), threading.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def first() -> None:
            loop.call_soon_threadsafe(begun.set)
            release.wait(PATIENCE)

        running = asyncio.create_task(admitted.run(first))
        await begun.wait()
        left = asyncio.create_task(admitted.run(done.append, "left"))
        stays = asyncio.create_task(admitted.run(done.append, "stays"))
        await asyncio.sleep(0)
        assert not admitted.is_alone
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        release.set()
        await asyncio.gather(running, stays)
        assert admitted.is_alone

    asyncio.run(leave())
    assert done == ["stays"]


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


def arrived(admitted: Admission) -> Claim:
    """The claim of a request whose body has arrived."""
    claim = admitted.admit()
    claim.arrive()
    return claim


def test_refuses_beyond_the_queue() -> None:
    """As many requests are admitted as may be at work and wait; the next is refused until one is done."""
    admitted = admission(at_once=2, queue=3)
    claims = [arrived(admitted) for _ in range(5)]
    assert admitted.is_full()
    with pytest.raises(Overloaded, match=r"^The server is busy. Try again in a second.$"):
        admitted.admit()
    claims[0].release()
    assert not admitted.is_full()
    claims[0] = arrived(admitted)
    for claim in claims:
        claim.release()
        claim.release()  # which gives nothing back twice
    assert len([arrived(admitted) for _ in range(5)]) == 5
    assert admitted.is_full()


def test_bounds_decoded_bytes() -> None:
    """Photos at work share a bound of bytes; a lone one may exceed it."""
    admitted = admission(at_once=4, decoded_bytes=100)
    with admitted.decoding(60), admitted.decoding(40), pytest.raises(Overloaded), admitted.decoding(1):
        pass
    with pytest.raises(KeyError), admitted.decoding(1000):
        raise KeyError
    with admitted.decoding(100):
        pass


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


def test_load() -> None:
    """The load counts photos at work and waiting ones, and says how long the first of these has waited."""
    waits: list[float] = []

    goes_on = threading.Event()

    async def crowd() -> tuple[Load, Load]:
        admitted = Admission(AdmissionLimits(1), waits.append)

        def work() -> None:
            with admitted.decoding(50):
                goes_on.wait(PATIENCE)

        calls = [asyncio.ensure_future(admitted.run(work)) for _ in range(3)]
        await asyncio.sleep(0.2)
        full = admitted.load()
        calls[2].cancel()
        goes_on.set()
        await asyncio.gather(*calls, return_exceptions=True)
        return full, admitted.load()

    full, empty = asyncio.run(crowd())
    assert (full.at_work, full.waiting, full.decoded_bytes) == (1, 2, 50)
    assert full.oldest_seconds >= 0.1
    assert empty == Load(0, 0, 0.0, 0)
    assert len(waits) in (2, 3)  # the cancelled one may have had its turn already
    assert max(waits) >= 0.1
