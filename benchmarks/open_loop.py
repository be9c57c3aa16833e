"""An open-loop client: sends requests when they are due, whether or not those before have been answered."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import numpy as np

PATIENCE = 10.0  # seconds, after which a request counts as given up
IDLE_SECONDS = 4.0  # after which a connection is not used again: the service says that it closes it a second later
TICK = 0.001
END_OF_HEADERS = b"\r\n\r\n"


@dataclass
class Outcome:
    """The answers to a flood.

    Attributes:
        seconds: how long it lasted.
        late: requests that found no connection free when they were due; their time counts from when they were due.
        failures: requests without an answer, by kind: reset, refused (the connection), gave up.
    """

    seconds: float = 0.0
    sent: int = 0
    late: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    milliseconds: dict[int, list[float]] = field(default_factory=dict)

    def count(self, status: int) -> int:
        """The number of answers of a status."""
        return len(self.milliseconds.get(status, []))

    def percentile(self, status: int, rank: float) -> float:
        """A percentile of the milliseconds from due to answered, of the answers with a status."""
        times = self.milliseconds.get(status)
        return float(np.percentile(times, rank)) if times else 0.0


class Connection(asyncio.Protocol):
    """One connection, which has at most one request at a time."""

    def __init__(self, flood: "Flood", due: float) -> None:
        self._flood = flood
        self._received = bytearray()
        self._size = 0  # of the answer; 0 before its headers are there
        self._status = 0
        self._closes = False
        self.due: float | None = due
        self.idle_since = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the first request."""
        self.transport = cast("asyncio.Transport", transport)
        if self.due is None:
            self.transport.abort()
        else:
            self.send(self.due)

    def send(self, due: float) -> None:
        """Sends the request."""
        self.due = due
        self._received.clear()
        self._size = 0
        self.transport.write(self._flood.request)

    def data_received(self, data: bytes) -> None:
        """Takes a part of an answer."""
        self._received += data
        if not self._size:
            end = self._received.find(END_OF_HEADERS)
            if end < 0:
                return
            head = bytes(self._received[:end]).lower()
            self._status = int(head[9:12])
            if self._status == 100:  # continue
                del self._received[: end + len(END_OF_HEADERS)]
                return
            _, _, length = head.partition(b"content-length:")
            self._size = end + len(END_OF_HEADERS) + int(length.partition(b"\r\n")[0])
            self._closes = b"connection: close" in head
        if len(self._received) >= self._size and self.due is not None:
            due, self.due = self.due, None
            self._flood.answered(self, due, self._status, closes=self._closes)

    def connection_lost(self, _error: Exception | None) -> None:
        """Counts a request that has no answer."""
        self._flood.lost(self)


class Flood:
    """Requests at a rate, over at most some connections."""

    def __init__(self, url: str, request: bytes, connections: int) -> None:
        """Sends nothing yet.

        Args:
            url: of the server.
            request: the bytes to send.
            connections: the maximum at a time.
        """
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self.request = request
        self._connections = connections
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._opening = 0
        self._waiting: list[float] = []
        self.outcome = Outcome()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, rate: float, seconds: float) -> Outcome:
        """Sends requests at a rate for some time, and waits for the answers."""
        started = time.perf_counter()
        for due in self._dues(started, rate, seconds):
            while (wait := due - time.perf_counter()) > 0:  # noqa: ASYNC110 - time itself is waited for
                await asyncio.sleep(max(wait, TICK))
            self._ask(due)
            if self.outcome.sent % 32 == 0:
                await asyncio.sleep(0)  # answers come in while the client lags behind
        self.outcome.seconds = time.perf_counter() - started
        while (  # noqa: ASYNC110 - a look every now and then is cheap
            self._waiting or self._opening or len(self._open) > len(self._idle)
        ) and time.perf_counter() - started - seconds < PATIENCE:
            await asyncio.sleep(0.01)
        self.outcome.failures["gave up"] += len(self._waiting) + sum(each.due is not None for each in self._open)
        for connection in self._open:
            connection.due = None
            connection.transport.abort()
        return self.outcome

    async def closed_loop(self, seconds: float) -> float:
        """Requests answered with 200 per second, if each connection sends the next one when it has an answer."""
        started = time.perf_counter()
        for _ in range(self._connections):
            self._ask(started)
        while time.perf_counter() - started < seconds:
            if self._idle:
                self._ask(time.perf_counter())
            else:
                await asyncio.sleep(TICK / 4)
        rate = self.outcome.count(200) / (time.perf_counter() - started)
        await asyncio.sleep(0.5)
        for connection in self._open:
            connection.due = None
            connection.transport.abort()
        return rate

    def _dues(self, started: float, rate: float, seconds: float) -> Iterator[float]:
        """The random times at which requests are due, like those of independent clients."""
        chance = np.random.default_rng(0)
        due = started
        while (due := due + chance.exponential(1 / rate)) < started + seconds:
            yield due

    def _ask(self, due: float) -> None:
        self.outcome.sent += 1
        while self._idle and self._idle[0].idle_since < time.perf_counter() - IDLE_SECONDS:
            old = self._idle.pop(0)
            self._open.discard(old)
            old.transport.close()
        if self._idle:
            self._idle.pop().send(due)
        elif len(self._open) + self._opening < self._connections:
            self._connect(due)
        else:
            self.outcome.late += 1
            self._waiting.append(due)

    def _connect(self, due: float) -> None:
        self._opening += 1
        task = asyncio.get_running_loop().create_task(self._opened(due))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _opened(self, due: float) -> None:
        try:
            loop = asyncio.get_running_loop()
            opened = loop.create_connection(lambda: Connection(self, due), self._host, self._port)
            _, connection = await asyncio.wait_for(opened, PATIENCE)
            self._open.add(connection)
        except (OSError, asyncio.TimeoutError):
            self.outcome.failures["no connection"] += 1
        finally:
            self._opening -= 1

    def answered(self, connection: Connection, due: float, status: int, *, closes: bool) -> None:
        """Notes an answer, and gives the connection to the next request."""
        self.outcome.milliseconds.setdefault(status, []).append((time.perf_counter() - due) * 1000)
        if closes:
            self._open.discard(connection)
            connection.transport.close()
            if self._waiting:
                self._connect(self._waiting.pop(0))
        elif self._waiting:
            connection.send(self._waiting.pop(0))
        else:
            connection.idle_since = time.perf_counter()
            self._idle.append(connection)

    def lost(self, connection: Connection) -> None:
        """Notes a closed connection."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        elif connection.due is not None:
            self.outcome.failures["reset"] += 1
            connection.due = None
        if self._waiting and len(self._open) + self._opening < self._connections:
            self._connect(self._waiting.pop(0))
