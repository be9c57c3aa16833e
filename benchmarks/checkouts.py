"""Which checkout of the service is faster: `python -m benchmarks.checkouts MODEL.tflite PHOTO.jpg FOLDER FOLDER ...`.

All of them are up at once and asked in turn, in short bursts, so that what the machine does besides meets each alike.
The folders may be `git worktree`s; all run in this environment. Labels lie beside the model. Needs wrk.
"""

import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.service import free_port
from benchmarks.throughput import LOADS, copied, serving, written, wrk

ROUNDS = 40
BURST = 1  # second


def main(model: Path, photo: Path, *checkouts: Path) -> None:
    """Print each checkout's photos at 8 connections, to those of the first: the median ratio and its standard error."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        models, scripts = copied(model, Path(name)), written(photo, Path(name))
        ports = [str(free_port()) for _ in checkouts]
        gunicorn = Path(sys.executable).with_name("gunicorn")
        for port, checkout in zip(ports, checkouts, strict=True):
            variables = {"PORT": port, "DETECTOR_MODELS": str(models), "LOG_LEVEL": "warning"}
            running.enter_context(serving([gunicorn], checkout, variables))
        rates = []
        for number in range(ROUNDS + 1):
            print(f"round {number} of {ROUNDS}", file=sys.stderr)
            rates.append([wrk(port, LOADS["8 connections"], scripts, BURST)[0] for port in ports])
    for number, checkout in enumerate(checkouts):
        ratios = [rate[number] / rate[0] for rate in rates[1:]]  # the first round is to warm up
        error = statistics.stdev(ratios) / ROUNDS**0.5
        print(f"{statistics.median(ratios):.3f} ± {error:.3f} {checkout.name}")


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
