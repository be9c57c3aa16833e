"""Compares the speed of checkouts: `python -m benchmarks.checkouts MODEL.tflite PHOTO.jpg FOLDER FOLDER ...`.

All run at once and get short bursts of requests in turn, so that other load on the machine affects them alike.
The folders may be `git worktree`s; all run in this environment. Labels lie beside the model. Needs wrk.
"""

import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.service import free_port
from benchmarks.throughput import LOADS, LONE, copy_model, serving, write_scripts, wrk

ROUNDS = 20
BURST = 1  # second
ASKED = {
    "8 connections": LOADS["8 connections"],
    "8, base64 in JSON": LOADS["8, base64 in JSON"],
    "one connection": LONE,
}


def main(model: Path, photo: Path, *checkouts: Path) -> None:
    """Prints each checkout's photos per second, relative to the first: the median ratio and its standard error."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        models, scripts = copy_model(model, Path(name)), write_scripts(photo, Path(name))
        ports = [str(free_port()) for _ in checkouts]
        gunicorn = Path(sys.executable).with_name("gunicorn")
        for port, checkout in zip(ports, checkouts, strict=True):
            variables = {"PORT": port, "DETECTOR_MODELS": str(models), "LOG_LEVEL": "warning"}
            running.enter_context(serving([gunicorn], checkout, variables))
        for asked, load in ASKED.items():
            rates = []
            for number in range(ROUNDS + 1):
                print(f"{asked}, round {number} of {ROUNDS}", file=sys.stderr)
                rates.append([wrk(port, load, scripts, BURST)[0] for port in ports])
            for number, checkout in enumerate(checkouts):
                ratios = [rate[number] / rate[0] for rate in rates[1:]]  # the first round is to warm up
                error = statistics.stdev(ratios) / ROUNDS**0.5
                print(f"{statistics.median(ratios):.3f} ± {error:.3f} {checkout.name}, {asked}")


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
