"""A request that is refused at its headers: clients that are still sending its body see the response all the same."""

import json
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.server import PATIENCE, ROOT, Server
from tests.support.tools import needs

PROGRAMS = Path(__file__).parent / "programs"
NODE = ROOT / ".venv" / "bin" / "node"
TRIES = 200
BYTES = 5_000_000
ENDLESS_BYTES = 256 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service that wants a token, and takes bodies of a megabyte."""
    log = tmp_path_factory.mktemp("early") / "log"
    server = Server(log, DETECTOR_TOKENS="secret", DETECTOR_MAX_BODY_BYTES=str(1 << 20), WEB_CONCURRENCY="1")
    server.wait_until_ready()
    yield server
    assert server.stop() == 0, server.log


def printed(*command: str | Path) -> dict[str, int]:
    """The counts that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=10 * PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def arguments(server: Server) -> list[str]:
    """The arguments of the programs."""
    return [f"{server.url}/predict/image", str(TRIES), str(BYTES)]


@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({"X-Api-Token": "secret"}, 413)])
def test_requests(server: Server, headers: dict[str, str], status: int) -> None:
    """Python's requests sees the status each time."""
    headers = headers | {"Content-Type": "image/jpeg"}
    body = bytes(BYTES)
    with requests.Session() as session:
        seen = Counter(
            session.post(f"{server.url}/predict/image", data=body, headers=headers, timeout=PATIENCE).status_code
            for _ in range(TRIES)
        )
    assert seen == {status: TRIES}


@pytest.mark.slow
@needs(NODE.exists(), "Node: scripts/install contract")
def test_node(server: Server) -> None:
    """Node's fetch sees the status each time."""
    assert printed(NODE, PROGRAMS / "early.mjs", *arguments(server)) == {"401": TRIES}


@pytest.mark.slow
@needs(shutil.which("go"), "Go")
def test_go(server: Server, tmp_path: Path) -> None:
    """Go's client sees the status each time."""
    subprocess.run(["go", "build", "-o", tmp_path / "early", PROGRAMS / "early.go"], cwd=tmp_path, check=True)
    assert printed(tmp_path / "early", *arguments(server)) == {"401": TRIES}


@pytest.mark.slow
@needs(shutil.which("java"), "a JDK")
def test_java(server: Server) -> None:
    """Java's client sees the status each time."""
    assert printed("java", PROGRAMS / "Early.java", *arguments(server)) == {"401": TRIES}


@pytest.mark.slow
@pytest.mark.parametrize("expectation", ["Expect: 100-continue", "Expect:"])
def test_curl(server: Server, tmp_path: Path, expectation: str) -> None:
    """Curl sees the status each time, whether it waits before it sends the body or not."""
    photo = tmp_path / "photo"
    photo.write_bytes(bytes(BYTES))
    options = ["--silent", "--output", "-", "--write-out", "%{stderr}%{http_code} ", "--data-binary", f"@{photo}"]
    options += ["--header", expectation, "--header", "Content-Type: image/jpeg"]
    # One connection after the other: each refusal closes its own.
    done = subprocess.run(
        ["curl", *options, *[f"{server.url}/predict/image"] * TRIES], capture_output=True, text=True, check=False
    )
    assert (done.returncode, Counter(done.stderr.split())) == (0, {"401": TRIES})


def test_a_sender_without_end_is_let_go(server: Server) -> None:
    """A client that sends without end is cut off after a bounded number of bytes."""
    parts = urlsplit(server.url)
    lines = [
        "POST /predict/image HTTP/1.1",
        "Host: x",
        "Content-Type: image/jpeg",
        "Transfer-Encoding: chunked",
        "",
        "",
    ]
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    sent = 0
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=PATIENCE) as connection:
        connection.sendall("\r\n".join(lines).encode())
        with suppress(ConnectionError):
            while sent < ENDLESS_BYTES:
                connection.sendall(chunk)
                sent += len(chunk)
    assert sent < ENDLESS_BYTES


def test_a_kept_body_ends_the_connection(server: Server) -> None:
    """A client that withholds the rest of its body gets its response at once, and then the end."""
    parts = urlsplit(server.url)
    head = "POST /predict/image HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 100000\r\n\r\n"
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=PATIENCE) as connection:
        connection.sendall(head.encode() + bytes(1000))
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nconnection: close\r\n" in answer.partition(b"\r\n\r\n")[0].lower() + b"\r\n"
