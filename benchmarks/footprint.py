"""What the service costs beside its photos: seconds from start to first answer, memory, and CPU while idle.

    .venv/bin/python -m benchmarks.footprint [PHOTO.jpg [MODELS]]

It serves the bundled model, or those of a folder. Memory is the proportional set size of all its processes, from Linux'
smaps_rollup, after thousands of photos, some at a time; what processes share counts once.
"""

import os
import re
import statistics
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.server import Server

ROOT = Path(__file__).parents[1]
STARTS = 5
PHOTOS = 3000  # a worker; by then Python has collected its garbage
AT_A_TIME = 6
IDLE_SECONDS = 20
TICKS = os.sysconf("SC_CLK_TCK")


class Service:
    """A running service, and what it has cost so far."""

    def __init__(self, workers: int, photo: bytes, **settings: str) -> None:
        """Start it, and wait for its first answer to a photo."""
        started = time.perf_counter()
        self._server = Server(Path(os.devnull), WEB_CONCURRENCY=str(workers), **settings)
        self._photo = urllib.request.Request(f"{self._server.url}/predict/image", photo, {"Content-Type": "image/jpeg"})
        while not self.answers():
            time.sleep(0.01)
        self.seconds = time.perf_counter() - started

    @property
    def port(self) -> str:
        """Where it listens."""
        return self._server.url.rpartition(":")[2]

    def answers(self) -> bool:
        """Whether a photo is answered."""
        try:
            with urllib.request.urlopen(self._photo, timeout=60) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def processes(self) -> list[int]:
        """The master and its workers."""
        return [self._server.process.pid, *self._server.workers]

    def megabytes(self) -> float:
        """Proportional set size of all processes."""
        rollups = [Path(f"/proc/{process}/smaps_rollup").read_text() for process in self.processes()]
        return sum(int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) for text in rollups) / 1024  # type: ignore[index]

    def cpu_seconds(self) -> float:
        """CPU time of all processes so far, in user and kernel mode."""
        stats = [Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split() for process in self.processes()]
        return sum(int(fields[11]) + int(fields[12]) for fields in stats) / TICKS

    def stop(self) -> None:
        """Stop it."""
        self._server.stop()


def main(photo: Path, models: str) -> None:
    """Print what it costs."""
    content = photo.read_bytes()
    seconds, megabytes = [], {}
    for _ in range(STARTS):
        service = Service(1, content, DETECTOR_MODELS=models)
        seconds.append(service.seconds)
        service.stop()
    for workers in (1, 2, 3):
        service = Service(workers, content, DETECTOR_MODELS=models)
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            photos = threads.map(lambda _: service.answers(), range(PHOTOS * workers))  # noqa: B023 - asked at once
            print(f"{sum(photos)} photos with {workers} worker(s)", file=sys.stderr)
        megabytes[workers] = service.megabytes()
        if workers == 1:
            before = service.cpu_seconds()
            time.sleep(IDLE_SECONDS)
            idle = (service.cpu_seconds() - before) / IDLE_SECONDS
        service.stop()
    print(f"start to first answer, median of {STARTS}: {statistics.median(seconds):.2f} s")
    print(
        "memory: "
        + ", ".join(f"{number:.0f} MB with {workers}" for workers, number in megabytes.items())
        + " worker(s)"
    )
    print(f"CPU while idle: {idle:.2%} of one")


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "models" / "example.jpg",
        str(Path(sys.argv[2]).resolve()) if len(sys.argv) > 2 else "models",
    )
