"""Photos a second and milliseconds a photo, of this service, of naive ones and of the bare loop, in one run.

    .venv/bin/python -m benchmarks.throughput MODEL.tflite PHOTO.jpg

Labels lie beside the model. It needs wrk, and a package index for the peers' environments. Rounds are interleaved, and
what is printed are ratios of medians: absolute figures depend on what else the machine does. wrk sends the next request
once the last is answered, so a stalled server is asked less often while it stalls (coordinated omission): latencies are
those of a client that waits, not of a camera that does not.
"""

import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.e2e import environment
from tests.server import free_port

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "benchmarks" / "peers"
CORES = len(os.sched_getaffinity(0))
ROUNDS = 3
SECONDS = 6

SCRIPT = """
wrk.method = "POST"
local file = io.open("{photo}", "rb")
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "image/jpeg"
"""


@contextmanager
def serving(command: Sequence[str | Path], folder: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """A server, once it is ready and until the end."""
    port = variables["PORT"]
    server = subprocess.Popen(
        command, cwd=folder, env={**os.environ, **variables}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10).close()
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


def wrk(port: str, script: Path, connections: int, *, close: bool = False) -> tuple[float, float]:
    """Photos a second, and the median latency in ms."""
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{SECONDS}s", "--latency"]
    command += ["--header", "Connection: close"] if close else []
    url = f"http://127.0.0.1:{port}/predict/image"
    text = subprocess.run([*command, "--script", script, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text:
        raise SystemExit(text)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])  # type: ignore[index]  # wrk always prints it
    number, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def main(model: Path, photo: Path) -> None:
    """Print a table in Markdown."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "models").mkdir()
        for file in model.parent.glob(f"{model.stem}.*"):
            shutil.copy(file, folder / "models")
        script = folder / "post.lua"
        script.write_text(SCRIPT.format(photo=photo))
        (folder / "fast").mkdir()
        fast = environment.create(
            folder / "fast", "fastapi", "uvicorn", "uvloop", "httptools", "ai-edge-litert", "opencv-python-headless"
        )
        servers = {
            "this service": ([Path(sys.executable).with_name("gunicorn")], ROOT),
            "FastAPI on LiteRT": (
                [
                    fast,
                    "-m",
                    "uvicorn",
                    "naive_fastapi:app",
                    "--workers",
                    str(CORES),
                    "--no-access-log",
                    "--port",
                    "PORT",
                ],
                PEERS,
            ),
        }
        if sys.version_info < (3, 12):
            (folder / "flask").mkdir()
            old = environment.create(
                folder / "flask", "flask", "gunicorn", "tflite-runtime", "numpy<2", "opencv-python-headless<4.12"
            )
            servers["Flask on tflite-runtime"] = (
                [old, "-m", "gunicorn", "naive_flask:app", "--workers", str(CORES), "--bind", "127.0.0.1:PORT"],
                PEERS,
            )
        measured: dict[tuple[str, str], list[float]] = {}
        limits = []
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            command = [sys.executable, PEERS / "limit.py", model, photo, str(SECONDS)]
            limits.append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
            for server, (start, where) in servers.items():
                port = str(free_port())
                variables = {
                    "PORT": port,
                    "MODEL": str(model),
                    "DETECTOR_MODELS": str(folder / "models"),
                    "LOG_LEVEL": "warning",
                }
                with serving([str(word).replace("PORT", port) for word in start], where, variables):
                    for what, connections, close in (
                        ("8", 8, False),
                        ("32", 32, False),
                        ("8, each once", 8, True),
                        ("1", 1, False),
                    ):
                        rate, latency = wrk(port, script, connections, close=close)
                        measured.setdefault((server, what), []).append(latency if what == "1" else rate / limits[-1])
        print(f"{platform.machine()}, {CORES} cores, Python {platform.python_version()}, {model.name}, {photo.name}\n")
        print("| | 8 connections | 32 connections | 8, a new one a request | latency of a lone request |")
        print("|---|---|---|---|---|\n| the bare loop | 1 | 1 | 1 | |")
        peer = statistics.median(measured["FastAPI on LiteRT", "1"])
        for server in servers:
            rates = [statistics.median(measured[server, what]) for what in ("8", "32", "8, each once")]
            latency = statistics.median(measured[server, "1"]) / peer
            print(f"| {server} | {' | '.join(f'{rate:.2f}' for rate in rates)} | {latency:.2f} |")


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
