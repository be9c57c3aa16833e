"""Looks for leaks: `python -m benchmarks.leaks [REQUESTS]`, 40,000 by default. Linux only.

A real server gets good, bad and abandoned requests, several at a time. Between them are pauses, after which it prints
the worker's descriptors, threads and memory, the latter relative to the first pause. In the end, it prints the memory
at a peak of large photos, and after it.
"""

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import requests

from tests.support.mixture import Mixture
from tests.support.server import PATIENCE, ROOT, Server
from tests.support.usage import Usage

REQUESTS = 40_000
STEPS = 20
CLIENTS = 6
PAUSE = 6.0  # seconds, in which a worker returns memory


def quiet(worker: int) -> Usage:
    """A worker's usage after a pause."""
    time.sleep(PAUSE)
    return Usage.of(worker)


def main(count: int = REQUESTS) -> None:
    """Prints a line per step, and the peak."""
    photo = (ROOT / "models" / "example.jpg").read_bytes()
    _, large = cv2.imencode(".png", np.random.default_rng(0).integers(0, 256, (2900, 3600, 3), np.uint8))
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(CLIENTS) as threads:
        server = Server(Path(name) / "log", WEB_CONCURRENCY="1").wait_until_ready()
        try:
            (worker,) = server.workers
            send, first = Mixture(server.url, photo).send, None
            for step in range(STEPS):
                list(threads.map(send, range(count // STEPS)))
                usage = quiet(worker)
                first = first or usage
                print(
                    f"{(step + 1) * count // STEPS:6} requests: "
                    f"{usage.descriptors} descriptors, {usage.threads} threads, "
                    f"{usage.megabytes:.1f} MB, {usage.megabytes / first.megabytes - 1:+.1%}",
                    flush=True,
                )
            post = lambda _: requests.post(f"{server.url}/predict/image", large.tobytes(), timeout=PATIENCE)  # noqa: E731
            list(threads.map(post, range(3 * CLIENTS)))
            peak = Usage.of(worker).megabytes
            print(f"a peak of large photos: {peak:.0f} MB, {quiet(worker).megabytes:.0f} MB once it is over")
            assert server.workers == [worker]
        finally:
            server.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
