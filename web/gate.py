"""Admits requests by their headers, or refuses them."""

from collections import Counter
from collections.abc import Callable, Iterable

from web.admission import Admission, Claim, Overloaded
from web.headers import RETRY_AFTER
from web.problems.wire import WireProblem

IMMENSE = 20  # digits


class Gate:
    """Admits requests that have a body, or refuses them at their headers, before any other work.

    Requests without a body, such as probes and lists, need no place, and are answered at any load.

    Attributes:
        admitted: the number of requests that were admitted.
        finished: the number of these that have been answered, or have ended without an answer.
        unseen: the number of requests that the server refused by itself, unseen by the application, by status and
            reason.
        last_unseen: the address and the headers of the last that it refused for lack of a place or room.
    """

    def __init__(self, admission: Admission, max_bytes: int) -> None:
        """Admits every request while there is room.

        Args:
            admission: has the places and the room.
            max_bytes: largest body; a request that announces more is not admitted, because it is refused anyway.
        """
        self.admitted = 0
        self.finished = 0
        self.unseen: Counter[tuple[int, str]] = Counter()
        self.last_unseen: tuple[str, Iterable[tuple[bytes, bytes]]] = "", ()
        self.stays = WireProblem(503, str(Overloaded()), **RETRY_AFTER)
        self.closes = WireProblem(503, str(Overloaded()), **RETRY_AFTER, connection="close")
        self._admission = admission
        self._max_bytes = max_bytes

    def admit(self, headers: Iterable[tuple[bytes, bytes]]) -> Claim | None:
        """The claim of a request with these headers, as ASGI has them; None if it needs none.

        Raises:
            Overloaded: there is no place or no room.
        """
        size = body_size(headers)
        if size is None or size > self._max_bytes:
            return None
        claim = self._admission.admit(size)
        self.admitted += 1
        return claim

    def is_idle(self) -> bool:
        """True if no job is at work or waits."""
        load = self._admission.load()
        return not load.at_work + load.waiting

    def has_queue(self) -> bool:
        """True if requests wait for a core."""
        return self._admission.has_queue()

    async def in_each_thread(self, function: Callable[[], object]) -> bool:
        """Calls a function in each thread for jobs; see web.admission.Threads."""
        return await self._admission.in_each_thread(function)

    def refusal(self, *, closes: bool) -> WireProblem:
        """The response to a request that is refused."""
        return self.closes if closes else self.stays


def body_size(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The size of a request's body, bytes; 0 if it is unknown, None without a body.

    A length that is not a number counts as an immense one.
    """
    size = None
    for name, value in headers:
        if name == b"content-length":
            return (int(value) or None) if value.isdigit() and len(value) < IMMENSE else 10**IMMENSE
        if name == b"transfer-encoding":
            size = 0
    return size
