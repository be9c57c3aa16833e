"""Measures the service's fixed costs: seconds from start to first answer, memory, and CPU while idle.

    .venv/bin/python -m benchmarks.footprint [PHOTO.jpg [MODELS]]

It serves the bundled model, or those of a folder. Memory is the proportional set size of all its processes, from Linux'
smaps_rollup, after thousands of photos, some at a time; what processes share counts once.
"""

import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.service import Service

ROOT = Path(__file__).parents[1]
STARTS = 5
PHOTOS = 3000  # a worker; by then Python has collected its garbage
AT_A_TIME = 6
IDLE_SECONDS = 20


def main(photo: Path, models: str) -> None:
    """Prints the costs."""
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
