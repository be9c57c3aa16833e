"""Connections of good and bad clients: none is reset without a response, none costs other clients anything."""

import base64
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
import requests

from tests.support.server import GUNICORN, PATIENCE, Server, Start, wait_for

SOON = 10.0  # seconds until something must have happened; the settings here ask for one
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(server: Server, seconds: float = PATIENCE) -> socket.socket:
    """A connection, whose steps may take a time."""
    parts = urlsplit(server.url)
    return socket.create_connection((str(parts.hostname), parts.port or 80), timeout=seconds)


def post(size: int, *headers: str, path: str = "/predict/image") -> bytes:
    """The headers of a POST with a body of some size."""
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: image/jpeg", f"Content-Length: {size}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Reader:
    """Reads responses from a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._file = connection.makefile("rb")

    def response(self) -> tuple[int, dict[str, str], bytes]:
        """The next response: status, headers and body."""
        status = int(self._file.readline().split()[1])
        headers = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, self._file.read(int(headers["content-length"]))

    def is_at_end(self) -> bool:
        """True once the server has closed the connection in order."""
        return self._file.read() == b""


@pytest.fixture(scope="module")
def large_photo() -> bytes:
    """A photo of few bytes that takes tens of milliseconds."""
    _, data = cv2.imencode(".png", np.full((1500, 2000, 3), 128, np.uint8))
    return data.tobytes()


@contextmanager
def busy(server: Server, photo: bytes) -> Iterator[None]:
    """A server whose places are all taken by batches for a while."""
    batch = json.dumps({"requests": [{"image": {"content": base64.b64encode(photo).decode()}}] * 64}).encode()
    headers = post(len(batch), path="/").replace(b"image/jpeg", b"application/json")
    with ExitStack() as stack:

        def crowd() -> bool:
            # More than there are places: a look may take one from a batch. More again, if they finished early.
            for _ in range(len(os.sched_getaffinity(0)) + 4):
                stack.enter_context(closing(connect(server))).sendall(headers + batch)
            return any(refused(server) for _ in range(20))

        wait_for(crowd, lambda: server.log)
        yield
        assert refused(server)  # it was busy all the time


def refused(server: Server) -> bool:
    """True if a request is refused for want of a place."""
    return requests.post(f"{server.url}/predict/image", b"x", timeout=PATIENCE).status_code == 503


@pytest.fixture
def crowded(start: Start, large_photo: bytes) -> Iterator[Server]:
    """A busy server without a queue."""
    server = start(DETECTOR_QUEUE="1").wait_until_ready()
    with busy(server, large_photo):
        yield server


def test_a_refusal_comes_before_the_body(crowded: Server) -> None:
    """A crowd is refused at the headers, with Retry-After and a problem; the connection serves the next request."""
    with closing(connect(crowded)) as connection:
        reader = Reader(connection)
        connection.sendall(post(5000))
        status, headers, body = reader.response()
        assert status == 503
        assert headers["retry-after"] == "1"
        assert headers["content-type"] == "application/problem+json"
        assert "connection" not in headers
        assert json.loads(body)["requestId"] == headers["x-request-id"]
        for part in (b"x" * 4000, b"x" * 1000 + LIVE, LIVE[:10], LIVE[10:]):
            connection.sendall(part)
        assert [reader.response()[0] for _ in range(2)] == [200, 200]


def test_refusals_may_be_pipelined(crowded: Server) -> None:
    """Requests that come all at once, with their bodies, are answered in order."""
    with closing(connect(crowded)) as connection:
        reader = Reader(connection)
        connection.sendall((post(3) + b"abc" + LIVE + post(2000) + b"x" * 2000) * 3 + LIVE)
        assert [reader.response()[0] for _ in range(10)] == [503, 200, 503] * 3 + [200]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param(post(20_000_000), b"x" * 20_000_000, id="a large body"),
        pytest.param(post(5, "Expect: 100-continue"), b"", id="a body that waits for leave"),
        pytest.param(post(5, "Connection: close"), b"hello", id="a client that leaves"),
        pytest.param(
            post(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked"),
            b"100000\r\n" + b"x" * 0x100000 + b"\r\n0\r\n\r\n",
            id="a body of unknown size",
        ),
    ],
)
def test_a_refusal_is_seen(crowded: Server, headers: bytes, body: bytes) -> None:
    """If the connection must close, the client still sees its refusal, even if it sends all of its body first."""
    with closing(connect(crowded)) as connection:
        connection.sendall(headers)
        connection.sendall(body)
        reader = Reader(connection)
        status, answered, _ = reader.response()
        assert (status, answered["connection"]) == (503, "close")
        assert reader.is_at_end()


def test_probes_are_answered_in_a_crowd(crowded: Server) -> None:
    """Probes and lists need no place."""
    for path in ("/health/live", "/health/ready", "/models", "/openapi.yml"):
        assert requests.get(f"{crowded.url}{path}", timeout=PATIENCE).status_code == 200


def test_refusals_are_counted_in_the_log(crowded: Server) -> None:
    """One line counts the refused requests; there is none per refusal."""
    for _ in range(20):
        refused(crowded)
    wait_for(lambda: "requests with 503" in crowded.log, lambda: crowded.log)
    assert crowded.log.count(" 503 ") < 20


def test_unread_body_does_not_reset_the_response(start: Start) -> None:
    """A client that sends a large body without a token, or to no operation, gets that response and no reset."""
    server = start(DETECTOR_TOKENS="secret").wait_until_ready()
    for path, expected in (("/predict/image", 401), ("/nowhere", 404)):
        with closing(connect(server)) as connection:
            connection.sendall(post(20_000_000, path=path) + b"x" * 20_000_000)
            assert Reader(connection).response()[0] == expected


NO_HTTP = {
    "garbage": b"GARBAGE\r\n\r\n",
    "method": b"GE\x00T / HTTP/1.1\r\nHost: x\r\n\r\n",
    "version": b"GET / HTTP/canary\r\nHost: x\r\n\r\n",
    "two-lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "length-of-a-thousand-digits": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "transfer-encoding": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: canary\r\n\r\n",
    "chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\ncanary\r\n",
    "header": b"GET / HTTP/1.1\r\nHost: x\r\ncan\x00ary: 1\r\n\r\n",
    "long-line": b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "many-headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 200 + b"\r\n",
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
def test_bytes_that_are_not_http(server: Server, sent: bytes) -> None:
    """Bytes that are not HTTP are answered like any other mistake, without repeating them."""
    with closing(connect(server)) as connection:
        connection.sendall(sent)
        status, headers, body = Reader(connection).response()
    assert status in (400, 414, 431)
    problem = json.loads(body)
    assert headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["requestId"] == headers["x-request-id"]
    assert "canary" not in body.decode()


def test_web_sockets_are_not_offered(server: Server) -> None:
    """A WebSocket handshake is answered as the GET request that it is, without a traceback."""
    handshake = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n"
    with closing(connect(server)) as connection:
        connection.sendall(LIVE[:-2] + handshake.encode() + b"\r\n")
        assert Reader(connection).response()[0] == 200
    assert "Traceback" not in server.log


SILENT = {"nothing": b"", "half-a-header": b"POST /predict/image HTTP/1.1\r\nHost: x\r\nConte"}


@pytest.mark.parametrize("sent", SILENT.values(), ids=SILENT)
def test_silent_connections_are_closed(start: Start, sent: bytes) -> None:
    """A connection without a request is closed after DETECTOR_HEADER_SECONDS, and not before."""
    server = start(DETECTOR_HEADER_SECONDS="1").wait_until_ready()
    with closing(connect(server)) as connection:
        started = time.monotonic()
        connection.sendall(sent)
        assert connection.recv(1) == b""
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
    (worker,) = server.workers
    os.kill(worker, signal.SIGSTOP)
    try:
        with ExitStack() as stack:
            connections = [stack.enter_context(closing(connect(server))) for _ in range(1000)]
            os.kill(worker, signal.SIGCONT)
            for connection in connections:
                connection.sendall(LIVE)
            for connection in connections:
                assert Reader(connection).response()[0] == 200
    finally:
        os.kill(worker, signal.SIGCONT)


def test_skips_requests_of_clients_that_left(start: Start, large_photo: bytes) -> None:
    """Requests of clients that have left leave the queue at once, with one log line each."""
    server = start(DETECTOR_QUEUE="40").wait_until_ready()
    before = server.log.count(" 499 ")
    with ExitStack() as stack:
        for _ in range(30):
            connection = stack.enter_context(closing(connect(server)))
            connection.sendall(post(len(large_photo)) + large_photo)
        time.sleep(0.2)
    wait_for(lambda: server.log.count(" 499 ") - before >= 20, lambda: server.log)
    assert requests.post(f"{server.url}/predict/image", large_photo, timeout=PATIENCE).status_code == 200


def test_stops_while_clients_hold_on(start: Start, photo: bytes) -> None:
    """Idle, silent, stalled and unread connections do not delay a stop; accepted requests are answered."""
    server = start(DETECTOR_HEADER_SECONDS="600", DETECTOR_UNREAD_SECONDS="600").wait_until_ready()
    with ExitStack() as stack:
        for sent in (
            b"",
            LIVE,
            SILENT["half-a-header"],
            post(len(photo)) + photo[:100],
            b"GET /openapi.yml HTTP/1.1\r\nHost: x\r\n\r\n" * 400,
        ):
            stack.enter_context(closing(connect(server))).sendall(sent)
        asking = stack.enter_context(closing(connect(server)))
        asking.sendall(post(len(photo)) + photo[:100])
        time.sleep(0.5)
        started = time.monotonic()
        server.process.terminate()
        time.sleep(0.5)
        asking.sendall(photo[100:])
        assert Reader(asking).response()[0] == 200
        assert server.wait() == 0
    assert time.monotonic() - started < SOON


def test_accepts_nothing_that_it_will_not_answer(start: Start) -> None:
    """Once a service is told to stop, the kernel accepts no more connections; what it has accepted is answered."""
    server = start().wait_until_ready()
    for worker in server.workers:
        os.kill(worker, signal.SIGSTOP)
    with closing(connect(server)) as early:
        early.sendall(LIVE)
        server.process.terminate()
        time.sleep(0.5)
        with pytest.raises(TimeoutError):
            connect(server, seconds=0.5)
        for worker in server.workers:
            os.kill(worker, signal.SIGCONT)
        assert Reader(early).response()[0] == 200
    assert server.wait() == 0
    with pytest.raises(ConnectionRefusedError):
        connect(server)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_stops_under_load(start: Start, photo: bytes, workers: str) -> None:
    """A stopping service answers every request of connections that it accepts, and accepts no more than it can."""
    server = start(WEB_CONCURRENCY=workers).wait_until_ready()
    request = post(len(photo)) + photo

    def client(_: int) -> list[object]:
        outcomes: list[object] = []
        while True:
            try:
                connection = connect(server)
            except ConnectionRefusedError:
                return outcomes
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
        time.sleep(2)
        server.process.terminate()
        outcomes = [outcome for each in running for outcome in each.result(PATIENCE)]
    assert server.wait() == 0
    assert len(outcomes) > 50
    assert set(outcomes) <= {200, 503}
