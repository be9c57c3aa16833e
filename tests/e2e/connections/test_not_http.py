"""Bytes that are not HTTP, and protocols that are not offered."""

import json
from contextlib import closing

import pytest
import requests

from tests.support.raw_connection import LIVE, Reader, connect
from tests.support.server import PATIENCE, Server

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
    "no-host": b"GET / HTTP/1.1\r\nAccept: */*\r\n\r\n",
    "no-host-before-a-body": b"POST /predict/image HTTP/1.1\r\nContent-Length: 9\r\n\r\ncanary...",
    "two-hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
    "two-hosts-in-http-1.0": b"GET / HTTP/1.0\r\nHost: x\r\nHost: canary\r\n\r\n",
    "a-list-of-hosts": b"GET / HTTP/1.1\r\nHost: x canary\r\n\r\n",
    "a-path-as-host": b"GET / HTTP/1.1\r\nHost: x/canary\r\n\r\n",
    "a-user-before-the-host": b"GET / HTTP/1.1\r\nHost: canary@x\r\n\r\n",
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
    assert problem["requestId"] in server.log


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("HTTP/1.0", id="HTTP/1.0 needs none"),
        pytest.param("HTTP/1.0\r\nHost: x", id="HTTP/1.0 with one"),
        pytest.param("HTTP/1.1\r\nHost:", id="empty"),
        pytest.param("HTTP/1.1\r\nhost: example.com:5000", id="with a port"),
        pytest.param("HTTP/1.1\r\nHost: [::1]:5000", id="IPv6"),
        pytest.param("HTTP/1.1\r\nHost: a_b-c.example", id="a container's name"),
    ],
)
def test_hosts(server: Server, head: str) -> None:
    """Requests with one host are served, and those in HTTP/1.0 without one."""
    with closing(connect(server)) as connection:
        connection.sendall(f"GET /health/live {head}\r\n\r\n".encode())
        assert Reader(connection).response()[0] == 200


def test_are_counted(server: Server) -> None:
    """The metrics count bytes that are not HTTP by their status, and as refusals with a reason of their own."""

    def counts() -> dict[str, float]:
        text = requests.get(f"{server.url}/metrics", timeout=PATIENCE).text
        samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in samples.items()}

    before = counts()
    for name in ("garbage", "long-line", "many-headers"):
        with closing(connect(server)) as connection:
            connection.sendall(NO_HTTP[name])
            Reader(connection).response()
    after = counts()
    grown = {name: value - before.get(name, 0) for name, value in after.items() if "_total" in name}
    assert grown['specsight_refusals_total{reason="http"}'] == 3
    for status in (400, 414, 431):
        assert grown[f'specsight_requests_total{{operation="none",status="{status}"}}'] == 1


def test_web_sockets_are_not_offered(server: Server) -> None:
    """A WebSocket handshake is answered as the GET request that it is, without a traceback."""
    handshake = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n"
    with closing(connect(server)) as connection:
        connection.sendall(LIVE[:-2] + handshake.encode() + b"\r\n")
        assert Reader(connection).response()[0] == 200
    assert "Traceback" not in server.log
