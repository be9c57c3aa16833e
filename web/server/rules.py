"""The server's rules for connections."""

from collections.abc import Callable
from dataclasses import dataclass

from web import record
from web.admission import Admission, Claim, Overloaded
from web.server.wire import WireProblem

RETRY_AFTER = {"Retry-After": "1"}  # seconds


class Gate:
    """Admits requests with a body, or refuses them.

    Attributes:
        admitted: the number of requests that were admitted.
        refused: the number of requests that were refused.
        refused_at_headers: the number of them that the server refused by itself, unseen by the application.
    """

    def __init__(self, admission: Admission) -> None:
        self.admitted = 0
        self.refused = 0
        self.refused_at_headers = 0
        self.stays = WireProblem(503, str(Overloaded()), **RETRY_AFTER)
        self.closes = WireProblem(503, str(Overloaded()), **RETRY_AFTER, connection="close")
        self._admission = admission

    def is_full(self) -> bool:
        """True if a request would be refused; called at its headers, before any other work."""
        return self._admission.is_full()

    def admit(self, size: int) -> Claim | None:
        """The claim of a request with a body of this size, bytes; None to refuse the request."""
        try:
            claim = self._admission.admit(size)
        except Overloaded as error:
            record.current().refusal = error.reason
            return None
        self.admitted += 1
        return claim

    def is_idle(self) -> bool:
        """True if no job is at work or waits."""
        load = self._admission.load()
        return not load.at_work + load.waiting

    async def in_each_thread(self, function: Callable[[], object]) -> bool:
        """Calls a function in each thread for jobs; see web.admission.in_each_thread."""
        return await self._admission.in_each_thread(function)

    def refusal(self, *, closes: bool) -> WireProblem:
        """The response to a request that is refused."""
        self.refused += 1
        return self.closes if closes else self.stays


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """The rules for connections.

    Attributes:
        gate: refuses requests; None to refuse none.
        header_seconds: time for the first request of a connection.
        unread_seconds: time within which a client must read on.
    """

    gate: Gate | None = None
    header_seconds: float = 10.0
    unread_seconds: float = 30.0
