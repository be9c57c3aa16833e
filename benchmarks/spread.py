"""Measures the spread between runs of this service: `python -m benchmarks.spread MODEL.tflite PHOTO.jpg`.

Each run is a service of its own with 8 connections that stay open. All run at once and get short bursts of requests in
turn, so that other load on the machine affects them alike. Needs wrk.
"""

import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.service import free_port
from benchmarks.throughput import LOADS, ROOT, copy_model, serving, write_scripts

RUNS = 8
TURNS = 20
BURST = 2  # seconds
PAUSE = 0.5  # seconds, until what was asked in a burst is answered
HOUR = 3600  # seconds; longer than all of it


@contextmanager
def asking(port: str, script: Path) -> Iterator[subprocess.Popen[str]]:
    """Starts wrk with its connections, stopped; ends it with the context."""
    load = LOADS["8 connections"]
    command = ["wrk", "--threads", "1", "--connections", str(load.connections), "--duration", f"{HOUR}s"]
    command += ["--script", str(script), f"http://127.0.0.1:{port}{load.path}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrk:
        wrk.send_signal(signal.SIGSTOP)
        try:
            yield wrk
        finally:
            wrk.kill()


def photos(wrk: subprocess.Popen[str]) -> int:
    """Lets wrk end; returns the number of answered requests."""
    wrk.send_signal(signal.SIGCONT)
    time.sleep(PAUSE)  # at once, another of its threads would get what follows
    wrk.send_signal(signal.SIGINT)
    text, _ = wrk.communicate()
    if "Non-2xx" in text:
        raise SystemExit(text)
    return int(re.search(r"(\d+) requests in", text)[1])  # type: ignore[index]  # wrk always prints it


def main(model: Path, photo: Path) -> None:
    """Prints the runs, relative to their median."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        models, scripts = copy_model(model, Path(name)), write_scripts(photo, Path(name))
        gunicorn: list[str | Path] = [Path(sys.executable).with_name("gunicorn"), "--keep-alive", str(HOUR)]
        runs = []
        for _ in range(RUNS):
            port = str(free_port())
            variables = {"PORT": port, "DETECTOR_MODELS": str(models), "LOG_LEVEL": "warning"}
            running.enter_context(serving(gunicorn, ROOT, variables))
            runs.append(running.enter_context(asking(port, scripts[LOADS["8 connections"].path])))
        for turn in range(TURNS):
            print(f"turn {turn + 1} of {TURNS}", file=sys.stderr)
            for wrk in runs:
                wrk.send_signal(signal.SIGCONT)
                time.sleep(BURST)
                wrk.send_signal(signal.SIGSTOP)
                time.sleep(PAUSE)
        counts = [photos(wrk) for wrk in runs]
    median = statistics.median(counts)
    print(" ".join(f"{count / median:.2f}" for count in counts))


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
