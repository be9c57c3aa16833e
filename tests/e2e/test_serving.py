"""The gunicorn that users run serves, logs, stops and recovers."""

import os
import re
import signal
import socket
import sys
from pathlib import Path

import pytest
import requests

from tests.support.server import PATIENCE, Server, Start, wait_for

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into Linux's /proc, or asks for its loopback network")

PATHS = ("/health/live", "/docs/", "/nowhere", "/predict", "/health/live?a=b", "/models", "/models?token=guess")


def predict(server: Server, photo: bytes) -> requests.Response:
    """The detections of a photo."""
    return requests.post(f"{server.url}/predict/image", photo, headers={"Content-Type": "image/jpeg"}, timeout=PATIENCE)


def open_request(server: Server, length: int) -> socket.socket:
    """A connection that has announced a photo and not sent a byte of it."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=PATIENCE)
    connection.sendall(
        b"POST /predict/image HTTP/1.1\r\nHost: specsight\r\nConnection: close\r\n"
        b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % length
    )
    return connection


def read_all(connection: socket.socket) -> bytes:
    """All bytes until the other side closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_serves(server: Server, photo: bytes) -> None:
    """The bundled model finds cones over HTTP without any setting."""
    answer = predict(server, photo)
    assert answer.status_code == 200
    assert {found["name"] for found in answer.json()["normalizedVertices"]} == {"safetycone"}


def test_long_numbers(server: Server) -> None:
    """Integers of more than 640 digits are no JSON to this server; with fewer, the contract says what is wrong."""
    for digits, detail in ((640, "must be at most 300"), (641, "out of range")):
        body = b'{"image": "AAAA", "maxResults": %b}' % (b"9" * digits)
        answer = requests.post(
            f"{server.url}/predict", body, headers={"Content-Type": "application/json"}, timeout=PATIENCE
        )
        assert answer.status_code == 400
        assert detail in answer.json()["detail"]


def test_logs_a_line_a_request(start: Start) -> None:
    """Each request, good or bad, gives one line with its method, path, status and id; nothing else is logged."""
    server = start(DETECTOR_TOKENS="secret").wait_until_ready()
    headers = {"X-Api-Token": "wrong", "Connection": "close"}
    answers = [requests.get(server.url + path, headers=headers, timeout=PATIENCE) for path in PATHS]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    wait_for(lambda: all(id_ in server.log for id_ in ids), lambda: server.log)  # a line may come after its response
    assert server.stop() == 0
    served = re.search(r"ASGI server listening.*?\n(.*\n)[^\n]*Handling signal", server.log, re.DOTALL)
    assert served, server.log
    lines = [line for line in served[1].splitlines() if '"GET /health/ready ' not in line]
    assert len(lines) == len(answers), server.log
    for path, answer in zip(PATHS, answers, strict=True):
        (line,) = (line for line in lines if line.endswith(f" {answer.headers['X-Request-Id']}"))
        logged = path.replace("token=guess", "token=…")  # a value that may be a token is left out
        assert f'"GET {logged} HTTP/1.1" {answer.status_code} ' in line
    assert "secret" not in server.log


def test_logs_warnings(server: Server) -> None:
    """The application's messages have the form of gunicorn's own lines."""
    assert re.search(
        r"^[\d-]+ [\d:]+ \+0000 \[\d+\] WARNING The service is open to everyone: ", server.log, re.MULTILINE
    )


def test_log_level(start: Start) -> None:
    """LOG_LEVEL silences less severe messages, including gunicorn's."""
    server = start(LOG_LEVEL="error").wait_until_ready()
    assert server.stop() == 0
    assert "WARNING" not in server.log
    assert "Listening" not in server.log


@linux
def test_address(start: Start) -> None:
    """The service listens at HOST and PORT, and nowhere else."""
    server = start(host="127.0.0.2").wait_until_ready()
    elsewhere = server.url.replace("127.0.0.2", "127.0.0.1")
    with pytest.raises(requests.ConnectionError):
        requests.get(elsewhere, timeout=PATIENCE)


def test_stops_gracefully(start: Start, photo: bytes) -> None:
    """A request that has begun before the service is told to stop is answered first."""
    server = start().wait_until_ready()
    with open_request(server, len(photo)) as connection:
        connection.sendall(photo[:100])
        server.process.terminate()
        wait_for(lambda: "Waiting for 1 connection" in server.log, lambda: server.log)
        connection.sendall(photo[100:])
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")
    assert server.wait() == 0
    assert "Worker exiting" in server.log


def test_stops_while_browsers_are_open(start: Start) -> None:
    """Open but idle connections do not keep a worker until it is killed."""
    server = start().wait_until_ready()
    with requests.Session() as browser:
        browser.get(f"{server.url}/docs/", timeout=PATIENCE)
        assert server.stop() == 0
        assert "Worker exiting" in server.log


@linux
def test_forks_alone(server: Server) -> None:
    """The process that forks has one thread: others, such as an interpreter's, would be missing in the workers."""
    assert len(list(Path(f"/proc/{server.process.pid}/task").iterdir())) == 1


@linux
def test_replaces_a_killed_worker(start: Start, photo: bytes) -> None:
    """A worker that dies, for example for want of memory, is replaced by one that detects."""
    server = start(WEB_CONCURRENCY="1").wait_until_ready()
    (killed,) = server.workers
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: killed not in server.workers, lambda: server.log)
    server.wait_until_ready()
    assert predict(server, photo).json()["normalizedVertices"]


def test_slow_senders_block_nobody(server: Server, photo: bytes) -> None:
    """While 200 clients dribble their photos, others are answered; one that finishes is, too; the rest end quietly."""
    slow = [open_request(server, len(photo)) for _ in range(200)]
    try:
        for sent in range(5):
            for connection in slow:
                connection.sendall(photo[sent : sent + 1])
            assert predict(server, photo).status_code == 200
        slow[-1].sendall(photo[5:])
        assert read_all(slow[-1]).startswith(b"HTTP/1.1 200 ")
    finally:
        for connection in slow:
            connection.close()
    assert predict(server, photo).status_code == 200
    wait_for(lambda: len(re.findall(r" 499 client_left \S+ 0 B ", server.log)) >= 199, lambda: server.log)
    assert " ERROR " not in server.log
    assert " 500 " not in server.log
