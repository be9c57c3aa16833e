"""Measures the service under overload: goodput, latencies, refusals, probes and memory at many times its capacity.

    .venv/bin/python -m benchmarks.flood PHOTO.jpg [MODELS [FACTOR ...]]

It serves the bundled model, or those in a folder. Capacity is the rate of 8 connections in a closed loop, before and
after. The floods are open loops over at most 1,000 connections: requests are sent on time, whether or not earlier ones
were answered. The client runs on the same cores, and takes its share of them.
"""

import re
import sys
import tempfile
import time
import urllib.request
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop

from benchmarks.open_loop import Flood, Outcome
from tests.support.server import Server

ROOT = Path(__file__).parents[1]
SECONDS = 10.0
CONNECTIONS = 1000
FACTORS = (4.0, 16.0)


def request_of(photo: bytes) -> bytes:
    """A request for one photo."""
    head = f"POST /predict/image HTTP/1.1\r\nHost: flood\r\nContent-Type: image/jpeg\r\nContent-Length: {len(photo)}"
    return head.encode() + b"\r\n\r\n" + photo


def watch(url: str, processes: list[int], results: Connection) -> None:
    """Polls liveness in a process of its own, and notes the longest wait and the peak of memory."""
    longest, most, last = 0.0, 0.0, 0.0
    results.send("ready")
    while not results.poll(0.02):
        started = time.perf_counter()
        try:
            with urllib.request.urlopen(f"{url}/health/live", timeout=20) as answer:
                answer.read()
        except OSError:
            longest = float("inf")
        longest = max(longest, time.perf_counter() - started)
        last = megabytes(processes)
        most = max(most, last)
    results.send((longest * 1000, most))


def megabytes(processes: list[int]) -> float:
    """Proportional set size of some processes."""
    rollups = [Path(f"/proc/{process}/smaps_rollup").read_text() for process in processes]
    return sum(int(size) for text in rollups for size in re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)) / 1024


def capacity(url: str, request: bytes, seconds: float = 5.0) -> float:
    """Photos per second that 8 connections get in a closed loop."""
    return uvloop.run(Flood(url, request, 8).closed_loop(seconds))


def flood(server: Server, request: bytes, rate: float) -> tuple[Outcome, float, float]:
    """A flood's outcome, the longest wait of a probe in ms, and the most memory in MB."""
    ours, theirs = get_context("spawn").Pipe()
    processes = [server.process.pid, *server.workers]
    watcher = get_context("spawn").Process(target=watch, args=(server.url, processes, theirs))
    watcher.start()
    ours.recv()  # its start takes a second of a core
    outcome = uvloop.run(Flood(server.url, request, CONNECTIONS).run(rate, SECONDS))
    ours.send(None)
    longest, most = ours.recv()
    watcher.join()
    return outcome, longest, most


def report(outcome: Outcome, able: float) -> str:
    """A flood in a few lines."""
    known = {200: "photos", 503: "refusals"}
    others = {status: outcome.count(status) for status in outcome.milliseconds if status not in known}
    first = (
        f"  goodput {outcome.count(200) / outcome.seconds / able:.2f} of capacity; "
        f"{outcome.sent} sent in {outcome.seconds:.1f} s, {outcome.late} late; other answers {others or 'none'}; "
        f"without an answer {dict(+outcome.failures) or 'none'}"
    )
    lines = [first]
    for status, name in known.items():
        p50, p99 = (outcome.percentile(status, rank) for rank in (50, 99))
        lines.append(f"  {outcome.count(status)} {name}: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    return "\n".join(lines)


def main(photo: Path, models: Path = ROOT / "models", *factors: str) -> None:
    """Prints the capacity, then each flood, and the service's state after it."""
    request = request_of(photo.read_bytes())
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name) / "log", DETECTOR_MODELS=str(models), LOG_LEVEL="info").wait_until_ready()
        try:
            capacity(server.url, request, 2.0)
            able = capacity(server.url, request)
            print(f"capacity {able:.0f}/s, memory {megabytes([server.process.pid, *server.workers]):.0f} MB")
            for factor in map(float, factors or FACTORS):
                outcome, longest, most = flood(server, request, able * factor)
                after = [capacity(server.url, request, 1.0) / able for _ in range(2)]
                print(f"{factor:g} times capacity")
                print(report(outcome, able))
                print(
                    f"  /health/live {longest:.0f} ms at most; memory {most:.0f} MB at most, "
                    f"{megabytes([server.process.pid, *server.workers]):.0f} MB afterwards; "
                    f"in the first and second second after it {after[0]:.2f} and {after[1]:.2f} of capacity",
                    flush=True,
                )
        finally:
            server.stop()


if __name__ == "__main__":
    main(*(Path(argument) if number < 2 else argument for number, argument in enumerate(sys.argv[1:])))  # type: ignore[arg-type]
