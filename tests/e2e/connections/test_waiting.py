"""Connections that wait, on either side: each for its time, and none at another client's expense."""

import socket
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests

from tests.support.pausing import paused
from tests.support.raw_connection import LIVE, SOON, Reader, connect, post
from tests.support.server import GUNICORN, PATIENCE, Server, Start, wait_for

SILENT = {"nothing": (b"", b""), "half-a-header": (LIVE[:-2] + b"Conte", b"HTTP/1.1 408")}


@pytest.mark.parametrize(("sent", "answer"), SILENT.values(), ids=SILENT)
def test_silent_connections_are_closed(start: Start, sent: bytes, answer: bytes) -> None:
    """A connection without a request is closed after DETECTOR_HEADER_SECONDS, not before; half a header is a 408."""
    server = start(DETECTOR_HEADER_SECONDS="1").wait_until_ready()
    with closing(connect(server)) as connection:
        started = time.monotonic()
        connection.sendall(sent)
        assert connection.makefile("rb").read()[: len(answer) or 1] == answer
    assert 0.9 < time.monotonic() - started < SOON


def test_idle_connections_stay_as_long_as_set(start: Start) -> None:
    """A connection that was idle for longer than the default wait is reused if the setting allows it."""
    server = start(KEEP_ALIVE_SECONDS="30").wait_until_ready()
    with closing(connect(server)) as connection:
        reader = Reader(connection)
        connection.sendall(LIVE)
        status, headers, _ = reader.response()
        assert (status, headers["keep-alive"]) == (200, "timeout=29")
        time.sleep(6)  # a second more than the default
        connection.sendall(LIVE)
        assert reader.response()[0] == 200


def test_unread_answers_are_given_up(start: Start) -> None:
    """A client that does not read its response loses its connection after DETECTOR_UNREAD_SECONDS."""
    server = start(DETECTOR_UNREAD_SECONDS="1").wait_until_ready()
    with closing(connect(server)) as connection:
        connection.sendall(b"GET /openapi.yml HTTP/1.1\r\nHost: x\r\n\r\n" * 400)
        started = time.monotonic()
        wait_for(lambda: is_reset(connection), lambda: server.log)
    assert time.monotonic() - started > 0.9


def is_reset(connection: socket.socket) -> bool:
    """True if the server has reset a connection."""
    try:
        connection.send(b"\r\n")
    except OSError:
        return True
    return False


def is_alive(server: Server) -> bool:
    """True if a probe is answered."""
    try:
        return requests.get(f"{server.url}/health/live", timeout=PATIENCE).ok
    except requests.ConnectionError:
        return False


def test_silent_connections_free_their_descriptors(start: Start, photo: bytes) -> None:
    """With few descriptors, hundreds of silent connections give way to those that send a request."""
    server = start(
        program=Path("/bin/bash"),
        arguments=["-c", f"ulimit -n 64; exec {GUNICORN}"],
        DETECTOR_HEADER_SECONDS="600",
    ).wait_until_ready()
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(closing(connect(server)))
        wait_for(lambda: is_alive(server), lambda: server.log)  # the silent ones may still be being closed
        for _ in range(20):
            answer = requests.post(f"{server.url}/predict/image", photo, timeout=PATIENCE)
            assert answer.status_code == 200


def test_the_backlog_holds(start: Start) -> None:
    """While the worker is blocked, a thousand clients can connect, and all are answered afterwards."""
    server = start().wait_until_ready()
    with ExitStack() as stack:
        with paused(*server.workers):
            connections = [stack.enter_context(closing(connect(server))) for _ in range(1000)]
        for connection in connections:
            connection.sendall(LIVE)
        for connection in connections:
            assert Reader(connection).response()[0] == 200


def test_skips_requests_of_clients_that_left(start: Start, large_photo: bytes) -> None:
    """Requests of clients that have left leave the queue at once, with one log line each."""
    server = start(DETECTOR_QUEUE="40").wait_until_ready()
    before = server.log.count(" 499 ")
    with paused(*server.workers):
        for _ in range(30):
            with closing(connect(server)) as connection:
                connection.sendall(post(len(large_photo)) + large_photo)
    wait_for(lambda: server.log.count(" 499 ") - before >= 20, lambda: server.log)
    assert requests.post(f"{server.url}/predict/image", large_photo, timeout=PATIENCE).status_code == 200
