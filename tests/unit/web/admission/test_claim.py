"""web/admission/claim.py: places and room are given, given up and taken back."""

import gc
import weakref

import pytest

from web.admission.claim import Claim, Places, Room
from web.admission.errors import Overloaded


class Clock:
    """A clock that a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock at zero."""
    return Clock(monkeypatch)


class Queue:
    """Places and room, and the claims to them."""

    def __init__(self, clock: Clock, places: int = 1, room: int = 1_000_000) -> None:
        self.places, self.room, self._clock = Places(1, places - 1), Room(room), clock

    def claim(self, size: int = 0) -> Claim:
        """A new claim."""
        if self.places.are_taken():
            raise Overloaded
        claim = Claim(self.places, self.room, self._clock.now)
        try:
            claim.hold(size)
        except Overloaded:
            claim.release()
            raise
        return claim


def test_a_slow_sender_loses_its_place(clock: Clock) -> None:
    """A body that does not arrive soon loses its place to others, and needs one again once it has."""
    queue = Queue(clock, places=2)
    at_work = queue.claim()
    at_work.arrive()
    slow = queue.claim()
    with pytest.raises(Overloaded):
        queue.claim()
    clock.now += 0.3
    other = queue.claim()
    other.arrive()
    with pytest.raises(Overloaded):
        slow.arrive()
    other.release()
    slow = queue.claim()
    clock.now += 0.3
    slow.arrive()
    with pytest.raises(Overloaded):
        queue.claim()
    at_work.release()
    slow.release()
    assert queue.places.free == 2


def test_slow_senders_refuse_nobody_while_a_core_is_free(clock: Clock) -> None:
    """A request is admitted while nothing waits, however many bodies are arriving; the first to arrive have places."""
    queue = Queue(clock, places=2)
    claims = [queue.claim() for _ in range(200)]
    claims[-1].arrive()
    claims[-2].arrive()
    for claim in claims[:-2]:
        with pytest.raises(Overloaded):
            claim.arrive()
    for claim in claims:
        claim.release()
    assert queue.places.free == queue.places.free_for_arrived == 2


def test_arriving_twice_takes_one_place(clock: Clock) -> None:
    """A body whose arrival is noted by two layers has one place."""
    queue = Queue(clock, places=2)
    claim = queue.claim()
    claim.arrive()
    claim.arrive()
    queue.claim().arrive()
    claim.release()
    assert queue.places.free == queue.places.free_for_arrived == 1


def test_a_body_that_has_arrived_keeps_its_place(clock: Clock) -> None:
    """A photo keeps its place, however long it waits for a core."""
    queue = Queue(clock)
    queue.claim().arrive()
    clock.now += 100
    with pytest.raises(Overloaded):
        queue.claim()


def test_a_slow_sender_keeps_its_place_where_others_are_free(clock: Clock) -> None:
    """Nobody loses a place that nobody else wants."""
    queue = Queue(clock, places=3)
    slow = queue.claim()
    clock.now += 10
    queue.claim()
    slow.arrive()
    assert queue.places.free == 1


def test_room_is_held_from_the_headers_on(clock: Clock) -> None:
    """As many bodies are admitted as fit, by the size in their headers."""
    queue = Queue(clock, places=100)
    claims = [queue.claim(300_000) for _ in range(3)]
    with pytest.raises(Overloaded):
        queue.claim(300_000)
    for claim in claims:
        claim.receive(300_000)
        claim.arrive()
        claim.release()
    assert queue.room.free == 1_000_000
    assert queue.room.arriving == {}


def test_more_than_was_announced_needs_more_room(clock: Clock) -> None:
    """A body of unknown size takes room as it arrives."""
    queue = Queue(clock)
    claim = queue.claim()
    claim.receive(600_000)
    claim.receive(400_000)
    assert queue.room.free == 0
    with pytest.raises(Overloaded):
        claim.receive(1)
    claim.release()
    assert queue.room.free == 1_000_000


def test_a_stalled_body_gives_way(clock: Clock) -> None:
    """If there is no room for others, a body that has stopped arriving is dropped; one that arrives well is not."""
    queue = Queue(clock, places=100)
    stalled, well = queue.claim(400_000), queue.claim(500_000)
    evicted: list[Claim] = []
    for claim in (stalled, well):
        claim.on_evict = lambda claim=claim: evicted.append(claim)  # type: ignore[misc]
    with pytest.raises(Overloaded):  # because none has had much time yet
        queue.claim(400_000)
    clock.now += 5
    well.receive(499_999)
    queue.claim(400_000)
    assert evicted == [stalled]
    assert stalled.is_evicted
    with pytest.raises(Overloaded):
        queue.claim(400_000)


def test_elsewhere(clock: Clock) -> None:
    """A request that waits for another host leaves its place to others, and takes one again afterwards."""
    queue = Queue(clock)
    fetching = queue.claim()
    fetching.arrive()
    with fetching.elsewhere():
        other = queue.claim()
        other.arrive()
        other.release()
    assert queue.places.free == 0
    with pytest.raises(Overloaded), fetching.elsewhere():
        queue.claim().arrive()
    fetching.release()


def test_forgets_requests_that_have_left() -> None:
    """Nothing remembers a request that was answered, or that left while its body was arriving."""
    places, room = Places(at_once=2, queue=4), Room(1000)
    gone = []
    for number in range(10):
        claim = Claim(places, room, float(number))
        claim.hold(10)
        if number % 2:
            claim.arrive()
        claim.release()
        gone.append(weakref.ref(claim))
    del claim
    gc.collect()
    assert [claim() for claim in gone] == [None] * 10
