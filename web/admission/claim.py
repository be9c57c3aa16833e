"""A request's claim: its place in the queue, and the room for its body."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from web.admission.errors import Overloaded

ARRIVING_SECONDS = 0.2  # for which a request whose body is still arriving keeps its place
SLOW_SECONDS = 2.0  # after which a body that arrives more slowly than SLOW_BYTES per second gives way to others
SLOW_BYTES = 65_536


class Places:
    """The places at work and in the queue."""

    def __init__(self, at_once: int, queue: int) -> None:
        """All places are free.

        Args:
            at_once: the number of places at work.
            queue: the number of places in the queue.
        """
        self.queue = queue
        self.free = at_once + queue
        self.free_for_arrived = self.free  # requests that are still arriving are not subtracted
        self.arriving: dict[Claim, None] = {}  # requests that took a place at their headers, the oldest first

    def are_taken(self) -> bool:
        """True if a request is to be refused at its headers.

        None is refused while a core is idle, because the requests that are arriving may be slow.
        """
        if self.free_for_arrived > self.queue:
            return False
        latest = time.monotonic() - ARRIVING_SECONDS
        while self.free < 1 and self.arriving and (oldest := next(iter(self.arriving))).started < latest:
            oldest.give_place_up()
        return self.free < 1


class Room:
    """The room for bodies, in bytes."""

    def __init__(self, size: int) -> None:
        """All room is free.

        Args:
            size: the total, bytes.
        """
        self.free = size
        self.arriving: dict[Claim, None] = {}  # the oldest first

    def take(self, size: int) -> None:
        """Takes room, from bodies that arrive too slowly if need be.

        Raises:
            Overloaded: there is not enough.
        """
        if size > self.free:
            slow = [claim for claim in self.arriving if claim.is_slow()]
            while slow and size > self.free:
                slow.pop(0).evict()
            if size > self.free:
                raise Overloaded("room")
        self.free -= size


class Claim:
    """One request's share of the places and the room.

    Attributes:
        started: the monotonic time at which it came.
        has_arrived: True once its body is complete.
        is_evicted: True once it has lost its room to others because its body arrived too slowly.
        on_evict: called when that happens.
    """

    def __init__(self, places: Places, room: Room, started: float) -> None:
        self.started = started
        self.has_arrived = False
        self.is_evicted = False
        self.on_evict: Callable[[], object] = lambda: None
        self._places = places
        self._room = room
        self._has_place = True
        self._keeps_place = False
        self._held = 0
        self._received = 0
        places.free -= 1
        places.arriving[self] = None
        room.arriving[self] = None

    def give_place_up(self) -> None:
        """Gives the place up, because a request that waits for something other than a core needs none."""
        self._places.arriving.pop(self, None)
        if self._has_place:
            self._has_place = False
            self._places.free += 1
        if self._keeps_place:
            self._keeps_place = False
            self._places.free_for_arrived += 1

    def hold(self, size: int) -> None:
        """Takes room for more bytes.

        Raises:
            Overloaded: there is not enough.
        """
        self._room.take(size)
        self._held += size

    def give_back(self, size: int) -> None:
        """Gives back room for bytes that are no longer needed."""
        size = min(size, self._held)  # all of it may have been released meanwhile
        self._room.free += size
        self._held -= size

    def receive(self, size: int) -> None:
        """Counts bytes of the body that have arrived.

        Raises:
            Overloaded: there are more than announced, and no room for them.
        """
        self._received += size
        if self._received > self._held:
            self.hold(self._received - self._held)

    def arrive(self) -> None:
        """Notes that the body is complete; from now on, the request keeps its place. May be called again.

        Raises:
            Overloaded: requests that have arrived before have all places.
        """
        self.has_arrived = True
        self._places.arriving.pop(self, None)
        self._room.arriving.pop(self, None)
        if not self._keeps_place:
            self._keep_place()

    def _keep_place(self) -> None:
        """Takes a place for good.

        Raises:
            Overloaded: all are taken.
        """
        if self._places.free_for_arrived < 1:
            self.release()
            raise Overloaded
        if not self._has_place:
            self._has_place = True
            self._places.free -= 1
        self._keeps_place = True
        self._places.free_for_arrived -= 1

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Leaves the place to others while the request waits for something other than a core.

        Raises:
            Overloaded: all places are taken when it comes back.
        """
        self.give_place_up()
        yield
        self._keep_place()

    def is_slow(self) -> bool:
        """True if the body arrives too slowly to keep others out."""
        seconds = time.monotonic() - self.started
        return seconds > SLOW_SECONDS and self._received < SLOW_BYTES * seconds

    def evict(self) -> None:
        """Takes the room away."""
        self.is_evicted = True
        self.release()
        self.on_evict()

    def release(self) -> None:
        """Gives everything back; the request is being answered."""
        self.give_place_up()
        self._room.arriving.pop(self, None)
        self._room.free += self._held
        self._held = 0
