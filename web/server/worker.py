"""gunicorn's worker for ASGI, with connections that are let go, a backlog, and a stop that answers everybody first."""

import asyncio
import logging
import os
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from gunicorn.workers import base
from gunicorn.workers.gasgi import ASGIWorker
from gunicorn.workers.workertmp import WorkerTmp

from web.server.connection import Connection
from web.server.rules import ConnectionRules

RESERVED_DESCRIPTORS = 16  # for what is opened besides connections: model files, trials, photos by address
ACCEPT_SECONDS = 0.1  # that a stopping worker still takes connections which the kernel has accepted for it
FAREWELL_SECONDS = 1.0  # that it then waits for idle clients' next requests, to tell them that it closes
STALL_SECONDS = 3.0  # without progress, after which it gives clients up
QUIET_SECONDS = 2.0  # without a request with a body, after which a worker is quiet
REPORT_SECONDS = 1.0  # from one line about refusals to the next

logger = logging.getLogger(__name__)


class Heartbeat(WorkerTmp):  # type: ignore[misc]  # gunicorn is not typed
    """What a worker shows the master that it lives by: a file in memory, so that no folder need be writable."""

    def __init__(self, cfg: Any) -> None:
        if hasattr(os, "memfd_create"):  # on Linux
            self._tmp = os.fdopen(os.memfd_create("heartbeat"), "w+b", 0)
        else:
            super().__init__(cfg)


base.WorkerTmp = Heartbeat  # gunicorn offers no other way


class Worker(ASGIWorker):  # type: ignore[misc]  # gunicorn is not typed
    """A worker process.

    Attributes:
        connections: those that are open.
        idle: those of them that nothing is being done for, the one that has waited longest first.
        rules: what connections are held to, as the application says.
        max_connections: the most that may be open.
        is_stopping: whether it has been told to stop.
        when_quiet: called in a thread, once no more requests with a body are coming.
    """

    def init_process(self) -> None:
        """Prepares and serves; called in the forked process."""
        self.connections: set[Connection] = set()
        self.idle: dict[Connection, None] = {}
        self.rules = ConnectionRules()
        self.max_connections = max_connections()
        self.is_stopping = False
        self.when_quiet: Callable[[], None] = lambda: None
        super().init_process()

    def load_wsgi(self) -> None:
        """Loads the application."""
        super().load_wsgi()
        self.rules = getattr(self.asgi, "rules", self.rules)

    def _setup_event_loop(self) -> None:
        """Creates the event loop, whose listening sockets get gunicorn's backlog and our connections.

        gunicorn's own worker forgets the backlog, so that connections beyond the hundredth are reset in a burst.
        """
        super()._setup_event_loop()
        create_server = self.loop.create_server

        def listen(_protocol: object, **options: Any) -> Any:
            return create_server(lambda: Connection(self), backlog=self.cfg.backlog, **options)

        self.loop.create_server = listen

    async def _serve(self) -> None:
        tasks = [self.loop.create_task(self._report_refusals()), self.loop.create_task(self._notice_quiet())]
        try:
            await super()._serve()
        finally:
            for task in tasks:
                task.cancel()

    async def _report_refusals(self) -> None:
        """Logs the number of refused requests, since a line for each would cost more than the refusal."""
        gate = self.rules.gate
        while gate is not None:
            before = gate.refused
            await asyncio.sleep(REPORT_SECONDS)
            if refused := gate.refused - before:
                logger.warning("Refused %d requests with 503 in a second: the queue is full.", refused)

    async def _notice_quiet(self) -> None:
        """Calls `when_quiet` once requests with a body have come and no more are coming; probes do not count."""
        gate = self.rules.gate
        noticed_at = seen_at = 0
        while gate is not None:
            await asyncio.sleep(QUIET_SECONDS)
            is_quiet = gate.admitted == seen_at and gate.is_idle()
            seen_at = gate.admitted
            if is_quiet and noticed_at != seen_at:
                noticed_at = seen_at
                await asyncio.to_thread(self.when_quiet)

    def handle_exit_signal(self) -> None:
        """Begins to stop; called on SIGTERM."""
        if not self.is_stopping:
            self.is_stopping = True
            self._farewell = self.loop.create_task(self._say_farewell())

    async def _say_farewell(self) -> None:
        """Takes the connections that the kernel has accepted, and announces their end with the next answer.

        What is closed without having been told so may just be sending a request, which would have no answer.
        """
        await asyncio.sleep(ACCEPT_SECONDS)
        accepted = [self._connect(client) for listener in self.sockets for client in accept_all(listener.sock)]
        for server in self.servers:
            server.close()
        for listener in self.sockets:  # else the kernel would go on taking connections, and reset them in the end
            listener.close()
        await asyncio.gather(*accepted, return_exceptions=True)
        await self._until_closed(self.idle, FAREWELL_SECONDS)
        self.alive = False

    async def _connect(self, client: socket.socket) -> None:
        await self.loop.connect_accepted_socket(lambda: Connection(self), client)

    async def _shutdown(self) -> None:
        """Closes idle connections, waits for requests in progress, and gives up stalled ones."""
        for connection in list(self.idle):
            connection.close_idle()
        giving_up = self.loop.create_task(self._give_up_stalled())
        try:
            await super()._shutdown()
        finally:
            giving_up.cancel()

    async def _until_closed(self, connections: object, seconds: float) -> None:
        deadline = self.loop.time() + seconds
        while connections and self.loop.time() < deadline and not self._quick_shutdown:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)

    async def _give_up_stalled(self) -> None:
        while True:
            before = {connection: connection.progress() for connection in self.connections}
            await asyncio.sleep(STALL_SECONDS)
            for connection, progress in before.items():
                if progress is not None and connection.progress() == progress:
                    connection.abort()


def accept_all(listener: socket.socket) -> Iterator[socket.socket]:
    """The clients that the kernel has accepted for a socket that does not block."""
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            client.setblocking(False)
            yield client


def max_connections() -> int:
    """The most connections that this process has descriptors for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        used = sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        used = 32
    return max(4, soft - used - RESERVED_DESCRIPTORS)
