"""A listening socket whose connections come in at a steady rate, however busy the event loop is."""

import asyncio
import itertools
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

MOST_PER_TURN = 256
PAUSE_SECONDS = 1.0  # after which accepting is tried again, if the system lacks something for it

logger = logging.getLogger(__name__)


class Listener:
    """A server, as asyncio has them, that accepts more connections per turn of the event loop while there are more.

    uvloop's own accepts one per turn. A turn that serves a thousand busy connections takes so long that a crowd, and
    the probes that came after it, would wait for seconds. A few connections are still accepted one by one, so that
    processes that share the socket get equal shares.
    """

    def __init__(
        self,
        listening: socket.socket,
        connect: Callable[[socket.socket], Awaitable[None]],
        room: Callable[[], int],
    ) -> None:
        """Begins to accept.

        Args:
            listening: non-blocking.
            connect: takes an accepted connection, non-blocking.
            room: the number of connections for which there are descriptors; without any, each takes another's place.
        """
        self._listening = listening
        self._connect = connect
        self._room = room
        self._loop = asyncio.get_running_loop()
        self._per_turn = 1
        self._tasks: set[asyncio.Future[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._loop.add_reader(listening, self._accept)

    def _accept(self) -> None:
        """Accepts some connections; called in each turn of the event loop in which there are any."""
        at_most = min(self._per_turn, self._room() - len(self._tasks))
        if at_most < 1:
            at_most = 0 if self._tasks else 1
        try:
            taken = 0
            for client in itertools.islice(accept_all(self._listening), at_most):
                self._take(client)
                taken += 1
            if taken == at_most:
                self._per_turn = min(4 * self._per_turn, MOST_PER_TURN)
                return
        except OSError as error:
            logger.error("Connections cannot be accepted: %s.", error.strerror)  # noqa: TRY400 - it says all
            self._loop.remove_reader(self._listening)
            self._pause = self._loop.call_later(PAUSE_SECONDS, self._go_on)
        self._per_turn = 1

    def _go_on(self) -> None:
        self._loop.add_reader(self._listening, self._accept)

    def _take(self, client: socket.socket) -> None:
        task = asyncio.ensure_future(self._connect(client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Accepts no more; may be called again, even once the socket is closed; see asyncio."""
        if self._pause is not None:
            self._pause.cancel()
        if self._listening.fileno() >= 0:
            self._loop.remove_reader(self._listening)

    async def take_rest(self) -> None:
        """Accepts what the kernel has accepted so far."""
        with suppress(OSError):
            for client in accept_all(self._listening):
                self._take(client)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait_closed(self) -> None:
        """Returns at once; see asyncio."""


def accept_all(listening: socket.socket) -> Iterator[socket.socket]:
    """The clients that the kernel has accepted for a non-blocking socket.

    Raises:
        OSError: the system lacks something.
    """
    while True:
        try:
            client, _ = listening.accept()
        except (BlockingIOError, ConnectionAbortedError, InterruptedError):
            return
        client.setblocking(False)
        yield client
