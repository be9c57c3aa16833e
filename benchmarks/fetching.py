"""Seconds for photos by address, from a host that takes a quarter of a second for each.

    .venv/bin/python -m benchmarks.fetching [PHOTO.jpg]

Photos are asked for one after the other, a request each, and as one batch, in turn; what is printed are medians, and
their ratios to the median of a single photo.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from socket import socket

import httpx

from tests.support.photo_host import ok, photo_host
from tests.support.server import ROOT, Server

SECONDS = 0.25  # that the host takes
ROUNDS = 9
COUNTS = (1, 4, 16)


def main(photo: bytes) -> None:
    """Measure and print."""

    def slow(connection: socket) -> None:
        time.sleep(SECONDS)
        connection.sendall(ok(photo, "Content-Type: image/jpeg"))

    with photo_host() as host, tempfile.TemporaryDirectory() as folder:
        host.answers["/slow.jpg"] = slow
        server = Server(
            Path(folder) / "log", DETECTOR_IMAGE_HOSTS=host.netloc, DETECTOR_IMAGE_NETWORKS="127.0.0.0/8"
        ).wait_until_ready()
        requests = [
            {"image": {"source": {"imageUri": f"http://{host.netloc}/slow.jpg?{number}"}}}
            for number in range(max(COUNTS))
        ]
        try:
            with httpx.Client(base_url=server.url, timeout=60) as client:

                def ask(batch: list[dict[str, object]]) -> None:
                    answers = client.post("/", json={"requests": batch}).json()["responses"]
                    assert all("normalizedVertices" in answer for answer in answers), answers

                report(requests, ask)
        finally:
            server.stop()


def report(requests: list[dict[str, object]], ask: Callable[[list[dict[str, object]]], None]) -> None:
    """Print a line for each count of photos."""
    seconds: dict[tuple[int, bool], list[float]] = {}
    ask(requests[:1])
    for _ in range(ROUNDS):
        for count in COUNTS:
            for together in (False, True):
                begun = time.perf_counter()
                for batch in [requests[:count]] if together else [[request] for request in requests[:count]]:
                    ask(batch)
                seconds.setdefault((count, together), []).append(time.perf_counter() - begun)
    medians = {key: statistics.median(values) for key, values in seconds.items()}
    one = medians[1, True]
    print(f"{'photos':>6}  {'one after the other':>20}  {'one batch':>16}")
    for count in COUNTS:
        cells = [
            f"{medians[count, together]:.3f} s = {medians[count, together] / one:5.2f}" for together in (False, True)
        ]
        print(f"{count:6}  {cells[0]:>20}  {cells[1]:>16}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).read_bytes() if sys.argv[1:] else (ROOT / "models" / "example.jpg").read_bytes())
