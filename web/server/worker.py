"""gunicorn's worker for ASGI, with a backlog, limits for connections, and a stop that first answers every request."""

import asyncio
import logging
import mmap
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from ssl import SSLContext
from typing import Any

from gunicorn.workers import base
from gunicorn.workers.gasgi import ASGIWorker
from gunicorn.workers.workertmp import WorkerTmp

from web.admission import Threads
from web.forwarded import Proxies
from web.gate import Gate
from web.server.connection import Connection
from web.server.listener import Listener
from web.server.rules import ConnectionRules

RESERVED_DESCRIPTORS = 16  # for files other than connections: models, trials, photos by address
ACCEPT_SECONDS = 0.3  # for which a stopping worker takes connections that had begun before; see newcomers.py
FAREWELL_SECONDS = 1.0  # for which it then waits for idle clients' next requests, to announce that it closes
STALL_SECONDS = 3.0  # without progress, after which it gives up on clients
HELPERS = 4  # threads for slow work other than jobs: large bodies, trials of models, metrics
QUIET_SECONDS = 2.0  # without a request with a body, after which a worker is quiet
REPORT_SECONDS = 1.0  # between lines about refusals

logger = logging.getLogger(__name__)


class Heartbeat(WorkerTmp):  # type: ignore[misc]  # gunicorn is not typed
    """A worker's sign of life for the master: a file in memory, so that no folder need be writable."""

    def __init__(self, cfg: Any) -> None:
        if hasattr(os, "memfd_create"):  # on Linux
            self._tmp = os.fdopen(os.memfd_create("heartbeat"), "w+b", 0)
        else:
            super().__init__(cfg)


base.WorkerTmp = Heartbeat  # gunicorn has no other hook


class Worker(ASGIWorker):  # type: ignore[misc]  # gunicorn is not typed
    """A worker process.

    Attributes:
        connections: the open connections.
        idle: those among them without a request, the one that has waited longest first.
        unread: bytes of answers that wait for their reader, by connection, the one that has waited longest first.
        rules: the application's rules for connections.
        max_connections: the maximum number of open connections.
        is_stopping: True once it has been told to stop.
        when_quiet: called in each thread, once no more requests with a body are coming.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Begins in the process that forks, which shares a byte with the worker."""
        super().__init__(*arguments, **named)
        self._told_to_stop = mmap.mmap(-1, 1)

    @property
    def was_told_to_stop(self) -> bool:
        """True once the worker has been told to stop; also known to the process that forked it."""
        return self._told_to_stop[0] != 0

    def init_process(self) -> None:
        """Prepares and serves; called in the forked process."""
        self.connections: set[Connection] = set()
        self.idle: dict[Connection, None] = {}
        self.unread: dict[Connection, int] = {}
        self.rules = ConnectionRules()
        self.max_connections = max_connections()
        self.is_stopping = False
        self.when_quiet: Callable[[], None] = lambda: None
        self.helpers = Threads(HELPERS, "helpers")
        super().init_process()

    def load_wsgi(self) -> None:
        """Loads the application."""
        super().load_wsgi()
        self.rules = getattr(self.asgi, "rules", self.rules)

    def _setup_event_loop(self) -> None:
        """Creates the event loop, whose servers are ours."""
        super()._setup_event_loop()
        self.loop.set_default_executor(self.helpers)
        self.loop.create_server = self._listen

    async def _listen(self, _protocol: object, *, sock: socket.socket, ssl: SSLContext | None, **_: object) -> Listener:
        """A server for a listening socket, as gunicorn creates it."""

        async def connect(client: socket.socket) -> None:
            seconds = self.rules.header_seconds if ssl else None
            with suppress(OSError):  # the client has left
                await self.loop.connect_accepted_socket(
                    lambda: Connection(self), client, ssl=ssl, ssl_handshake_timeout=seconds
                )

        return Listener(sock, connect, lambda: self.max_connections - self.nr_conns)

    async def _serve(self) -> None:
        tasks = [self.loop.create_task(self._report_refusals()), self.loop.create_task(self._notice_quiet())]
        try:
            await super()._serve()
        finally:
            for task in tasks:
                task.cancel()

    async def _report_refusals(self) -> None:
        """Logs the number of requests refused at their headers: a line for each would cost more than the refusal."""
        gate, proxies = self.rules.gate, Proxies(",".join(self.cfg.forwarded_allow_ips))
        while gate is not None:
            before = gate.unseen.copy()
            await asyncio.sleep(REPORT_SECONDS)
            refused = {reason: count for (status, reason), count in (gate.unseen - before).items() if status == 503}
            if refused:
                logger.warning(
                    "Refused %d requests with 503 at their headers in a second: %s; the last was from %s.",
                    sum(refused.values()),
                    ", ".join(f"{reason} {count}" for reason, count in refused.items()),
                    proxies.client_of(*gate.last_unseen) or "-",
                )

    async def _notice_quiet(self) -> None:
        """Calls `when_quiet` once requests with a body have come and no more are coming; probes do not count.

        One whose answer is still being read keeps its body, and may end long after. Its end counts, too.
        """
        gate = self.rules.gate
        noticed = seen = 0, 0
        while gate is not None:
            await asyncio.sleep(QUIET_SECONDS)
            now = gate.admitted, gate.finished
            is_quiet = now == seen and gate.is_idle()
            seen = now
            if is_quiet and noticed != now and await self._tidy(gate):
                noticed = now

    async def _tidy(self, gate: Gate) -> bool:
        """Calls `when_quiet` in each thread; False if some are busy."""
        self.when_quiet()
        jobs = await gate.in_each_thread(self.when_quiet)
        return await self.helpers.call_in_each(self.when_quiet) and jobs

    def handle_exit_signal(self) -> None:
        """Begins to stop; called on SIGTERM."""
        self._told_to_stop[0] = 1
        if not self.is_stopping:
            self.is_stopping = True
            self._farewell = self.loop.create_task(self._say_farewell())

    def handle_quit_signal(self) -> None:
        """Stops at once; called on SIGQUIT and SIGINT."""
        self._told_to_stop[0] = 1
        super().handle_quit_signal()

    async def _say_farewell(self) -> None:
        """Takes the connections that the kernel has accepted, and announces their end with the next answer.

        A client that is not told might be sending a request at that moment, which would get no answer.
        """
        await asyncio.sleep(ACCEPT_SECONDS)
        for server in self.servers:
            server.close()
            await server.take_rest()
        for listener in self.sockets:  # else the kernel would go on accepting connections, and reset them later
            listener.close()
        await self._until_closed(self.idle, FAREWELL_SECONDS)
        self.alive = False

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
        while connections and self.loop.time() < deadline and not self._quick_shutdown:  # noqa: ASYNC110 - has no event
            await asyncio.sleep(0.02)

    async def _give_up_stalled(self) -> None:
        while True:
            before = {connection: connection.progress() for connection in self.connections}
            await asyncio.sleep(STALL_SECONDS)
            for connection, progress in before.items():
                if progress is not None and connection.progress() == progress:
                    connection.abort()


def max_connections() -> int:
    """The maximum number of connections for which this process has descriptors."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        used = sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        used = 32
    return max(4, soft - used - RESERVED_DESCRIPTORS)
