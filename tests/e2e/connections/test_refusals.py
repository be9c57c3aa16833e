"""A refusal reaches the client, whatever the client still sends."""

import base64
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
import requests

from tests.support.pausing import paused
from tests.support.raw_connection import LIVE, Reader, connect, post
from tests.support.server import PATIENCE, Server, Start, wait_for


@contextmanager
def busy(server: Server, photo: bytes) -> Iterator[None]:
    """A server whose places are all taken by batches for a while."""
    batch = json.dumps({"requests": [{"image": {"content": base64.b64encode(photo).decode()}}] * 64}).encode()
    headers = post(len(batch), path="/").replace(b"image/jpeg", b"application/json")
    with ExitStack() as stack:

        def crowd() -> bool:
            # More than there are places: a look may take one from a batch. More again, if they finished early.
            for _ in range(len(os.sched_getaffinity(0)) + 8):
                stack.enter_context(closing(connect(server))).sendall(headers + batch)
            return all(refused_after(server, 0.05) for _ in range(10))  # bodies that still arrive would give way

        wait_for(crowd, lambda: server.log)
        yield
        assert refused(server)  # it was busy all the time


def refused(server: Server) -> bool:
    """True if a request is refused for want of a place."""
    return requests.post(f"{server.url}/predict/image", b"x", timeout=PATIENCE).status_code == 503


def refused_after(server: Server, seconds: float) -> bool:
    """True if a request is refused after a pause."""
    time.sleep(seconds)
    return refused(server)


@pytest.fixture
def crowded(start: Start, large_photo: bytes) -> Iterator[Server]:
    """A busy server with a short queue."""
    server = start(DETECTOR_QUEUE="4").wait_until_ready()
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


def test_thousands_of_refusals_at_once(crowded: Server) -> None:
    """A client that sends thousands of requests in one piece sees some refusals and the end, and holds up nobody."""
    with closing(connect(crowded)) as connection:
        connection.sendall((post(1) + b"a") * 2000)
        reader = Reader(connection)
        answers = [reader.response()]
        while "connection" not in answers[-1][1]:
            answers.append(reader.response())
        assert {status for status, _, _ in answers} == {503}
        assert answers[-1][1]["connection"] == "close"
        assert reader.is_at_end()
    assert "Traceback" not in crowded.log


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


@pytest.mark.parametrize("lines", [(), ("Origin: https://elsewhere.example",)], ids=["programs", "pages"])
def test_a_stampede_is_refused_at_the_headers(start: Start, photo: bytes, lines: tuple[str, ...]) -> None:
    """Of requests that come in one turn of the event loop, those beyond the queue never reach the application."""
    server = start(DETECTOR_QUEUE="4").wait_until_ready()
    with ExitStack() as stack:
        readers = []
        with paused(*server.workers):
            for _ in range(200):
                connection = stack.enter_context(closing(connect(server)))
                connection.sendall(post(len(photo), *lines) + photo)
                readers.append(Reader(connection))
        statuses = Counter(reader.response()[0] for reader in readers)
    assert set(statuses) == {200, 503}
    counts = requests.get(f"{server.url}/metrics", timeout=PATIENCE).text
    assert f'specsight_requests_total{{operation="none",status="503"}} {statuses[503]}.0' in counts
    assert f'specsight_refusals_total{{reason="place"}} {statuses[503]}.0' in counts


def test_a_page_sees_its_refusal(start: Start, large_photo: bytes) -> None:
    """A browser shows a page of another origin that it was refused, if the service lets such pages call."""
    origin = "https://elsewhere.example"
    server = start(DETECTOR_QUEUE="4", DETECTOR_ORIGINS=origin).wait_until_ready()
    with busy(server, large_photo):
        answer = requests.post(f"{server.url}/predict/image", b"x", headers={"Origin": origin}, timeout=PATIENCE)
    assert answer.status_code == 503
    assert answer.headers["access-control-allow-origin"] == origin


def test_refused_clients_are_disconnected_when_idle(start: Start, large_photo: bytes) -> None:
    """A connection that was refused again and again is closed after KEEP_ALIVE_SECONDS without a request."""
    server = start(DETECTOR_QUEUE="4", KEEP_ALIVE_SECONDS="3").wait_until_ready()
    with closing(connect(server)) as connection:
        reader = Reader(connection)
        with busy(server, large_photo):
            for _ in range(5):
                connection.sendall(post(3) + b"abc")
                assert reader.response()[0] == 503
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
