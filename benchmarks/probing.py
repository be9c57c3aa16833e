"""Measures GET /health/live beside large JSON bodies: `python -m benchmarks.probing`.

Clients send bodies of 30 MB, of the kinds that take the longest to read, one after the other to one worker, while
another process polls liveness. The clients run on the same cores. Prints the longest and the 99th percentile of the
polls' times, in ms and relative to polls without such clients.
"""

import http.client
import itertools
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.server import Server

BYTES = 30_000_000
SECONDS = 6.0
POLL_SECONDS = 0.01
AT_ONCE = (1, 2, 8)

BODIES = {
    "a photo": (b'{"image": "', b"A", b'"}'),
    "escapes": (b'{"image": "', b"\\n", b'"}'),
    "quotes": (b"", b'"', b""),
    "zeros": (b'{"score_th": 0.', b"0", b"}"),
}


def body_of(kind: str) -> bytes:
    """A body of a kind."""
    start, middle, end = BODIES[kind]
    return start + middle * (BYTES // len(middle)) + end


def send(url: str, kind: str, until: float) -> None:
    """Sends bodies of a kind until a moment."""
    body, address = body_of(kind), urlsplit(url).netloc
    while time.monotonic() < until:
        connection = http.client.HTTPConnection(address, timeout=60)
        try:
            connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
            connection.getresponse().read()
        except OSError:  # refused before its end
            continue
        finally:
            connection.close()


def poll(url: str, until: float, results: Connection) -> None:
    """Polls liveness until a moment, and sends the milliseconds of each poll."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    times = []
    while time.monotonic() < until:
        started = time.perf_counter()
        connection.request("GET", "/health/live")
        connection.getresponse().read()
        times.append((time.perf_counter() - started) * 1000)
        time.sleep(POLL_SECONDS)
    results.send(times)


def poll_beside(url: str, kinds: Sequence[str]) -> list[float]:
    """The sorted times of polls beside one client for each kind, in ms."""
    context = multiprocessing.get_context("spawn")
    until = time.monotonic() + SECONDS + 1.0  # a second for the processes to start
    ours, theirs = context.Pipe()
    processes = [context.Process(target=send, args=(url, kind, until)) for kind in kinds]
    processes.append(context.Process(target=poll, args=(url, until, theirs)))
    for process in processes:
        process.start()
    times = sorted(ours.recv())
    for process in processes:
        process.join()
    return times


def p99(times: Sequence[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(times, n=100)[98]


def main() -> None:
    """Prints a table in Markdown."""
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name) / "log", WEB_CONCURRENCY="1").wait_until_ready()
        try:
            alone = poll_beside(server.url, [])
            print("| bodies at once | kind | p99 | relative | longest |\n|---|---|---|---|---|")
            print(f"| 0 | | {p99(alone):.0f} ms | 1 | {alone[-1]:.0f} ms |")
            for at_once, kind in itertools.product(AT_ONCE, BODIES):
                times = poll_beside(server.url, [kind] * at_once)
                ratio = p99(times) / p99(alone)
                print(f"| {at_once} | {kind} | {p99(times):.0f} ms | {ratio:.0f} | {times[-1]:.0f} ms |", flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
