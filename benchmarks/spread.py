"""Whether runs of this service differ by luck: `python -m benchmarks.spread MODEL.tflite PHOTO.jpg`.

Each run is a service of its own with 8 connections, as a ratio to the bare loop just before and after it: what the
machine does besides goes into both. Needs wrk.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.throughput import LOADS, ROOT, copied, limit, serving, written, wrk
from tests.server import free_port

RUNS = 8
SECONDS = 6


def main(model: Path, photo: Path) -> None:
    """Print the runs, each to their median."""
    with tempfile.TemporaryDirectory() as name:
        models, scripts = copied(model, Path(name)), written(photo, Path(name))
        ratios, before = [], limit(model, photo)
        for number in range(RUNS):
            print(f"run {number + 1} of {RUNS}", file=sys.stderr)
            port = str(free_port())
            variables = {"PORT": port, "DETECTOR_MODELS": str(models), "LOG_LEVEL": "warning"}
            with serving([Path(sys.executable).with_name("gunicorn")], ROOT, variables):
                rate, _ = wrk(port, LOADS["8 connections"], scripts, SECONDS)
            after = limit(model, photo)
            ratios.append(rate / statistics.mean([before, after]))
            before = after
    median = statistics.median(ratios)
    print(" ".join(f"{ratio / median:.2f}" for ratio in ratios))


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
