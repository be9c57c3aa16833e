"""A stopping service answers what it has accepted, and accepts nothing else."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from tests.support.pausing import paused
from tests.support.raw_connection import LIVE, Reader, connect, post
from tests.support.server import PATIENCE, Server, Start, wait_for

MANY = 200  # requests


def test_stops_while_clients_hold_on(start: Start, photo: bytes) -> None:
    """Idle, silent, stalled and unread connections do not keep a worker until it is killed.

    Accepted requests are answered.
    """
    server = start(DETECTOR_HEADER_SECONDS="600", DETECTOR_UNREAD_SECONDS="600").wait_until_ready()
    with ExitStack() as stack:
        for sent in (
            b"",
            LIVE,
            post(1)[:40],
            post(len(photo)) + photo[:100],
            b"GET /openapi.yml HTTP/1.1\r\nHost: x\r\n\r\n" * 400,
        ):
            stack.enter_context(closing(connect(server))).sendall(sent)
        asking = stack.enter_context(closing(connect(server)))
        asking.sendall(post(len(photo)) + photo[:100])
        time.sleep(0.5)
        server.process.terminate()
        wait_for(lambda: "Waiting for" in server.log, lambda: server.log)
        asking.sendall(photo[100:])
        assert Reader(asking).response()[0] == 200
        assert server.wait() == 0
    assert "Worker exiting" in server.log
    assert " ERROR " not in server.log


def test_accepts_nothing_that_it_will_not_answer(start: Start) -> None:
    """Once a service is told to stop, the kernel accepts no more connections; what it has accepted is answered."""
    server = start().wait_until_ready()
    with ExitStack() as stack:
        with paused(*server.workers):
            early = stack.enter_context(closing(connect(server)))
            early.sendall(LIVE)
            server.process.terminate()
            wait_for(lambda: is_ignored(server), lambda: server.log)
        assert Reader(early).response()[0] == 200
    assert server.wait() == 0
    with pytest.raises(ConnectionRefusedError):
        connect(server)


def is_ignored(server: Server) -> bool:
    """True if a new connection is not accepted."""
    try:
        connect(server, seconds=0.5).close()
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize("workers", ["1", "2"])
def test_stops_under_load(start: Start, photo: bytes, workers: str) -> None:
    """A stopping service answers every request of connections that it accepts, and accepts no more than it can."""
    server = start(WEB_CONCURRENCY=workers).wait_until_ready()
    request = post(len(photo)) + photo

    outcomes: list[object] = []

    def client(_: int) -> None:
        while True:
            try:
                connection = connect(server)
            except ConnectionRefusedError:
                return
            with closing(connection):
                reader, served = Reader(connection), False
                try:
                    while True:
                        connection.sendall(request)
                        status, headers, _body = reader.response()
                        outcomes.append(status)
                        if "connection" in headers:
                            break
                        served = True
                except (OSError, IndexError):
                    outcomes.append("reset after an answer" if served else "reset")

    with ThreadPoolExecutor(16) as threads:
        running = [threads.submit(client, number) for number in range(16)]
        wait_for(lambda: len(outcomes) > MANY, lambda: server.log)
        server.process.terminate()
        for each in running:
            each.result(PATIENCE)
    assert server.wait() == 0
    assert set(outcomes) <= {200, 503}
