"""web/admission/admission.py: photos wait in order, none for too long, and at most one runs per core."""

import asyncio
import contextvars
import threading

import pytest

from tests.support.admitting import PATIENCE, admission
from web.admission.admission import Admission, AdmissionLimits, Load
from web.admission.claim import Claim
from web.admission.errors import Overloaded

WORD: contextvars.ContextVar[str] = contextvars.ContextVar("word")


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


def arrived(admitted: Admission) -> Claim:
    """The claim of a request whose body has arrived."""
    claim = admitted.admit()
    claim.arrive()
    return claim


def test_refuses_beyond_the_queue() -> None:
    """As many requests are admitted as may be at work and wait; the next is refused until one is done."""
    admitted = admission(at_once=2, queue=3)
    claims = [arrived(admitted) for _ in range(5)]
    with pytest.raises(Overloaded, match=r"^The server is busy. Try again in a second.$"):
        admitted.admit()
    claims[0].release()
    claims[0] = arrived(admitted)
    for claim in claims:
        claim.release()
        claim.release()  # which gives nothing back twice
    assert len([arrived(admitted) for _ in range(5)]) == 5
    with pytest.raises(Overloaded):
        admitted.admit()


def test_bounds_decoded_bytes() -> None:
    """Photos at work share a bound of bytes; a lone one may exceed it."""
    admitted = admission(at_once=4, decoded_bytes=100)
    with admitted.decoding(60), admitted.decoding(40), pytest.raises(Overloaded), admitted.decoding(1):
        pass
    with pytest.raises(KeyError), admitted.decoding(1000):
        raise KeyError
    with admitted.decoding(100):
        pass


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
