"""Measures throughput and latency of this service, of naive ones and of the bare loop, in one run.

    .venv/bin/python -m benchmarks.throughput MODEL.tflite PHOTO.jpg ["this service"]

Labels lie beside the model. It needs wrk, and a package index for the peers' environments. All servers run at once and
get short bursts of requests in turn. Prints medians of ratios to the bare loop just before and after, because the
machine's speed varies with other load, then photos per second and milliseconds of this machine. wrk sends the next
request when the last is answered, so a stalled server gets fewer requests while it stalls (coordinated omission):
latencies are those of a client that waits, not of a camera that does not. Naive servers return all numbers of a model's
outputs. With a YOLO these are hundreds of thousands, and only this service can be compared with the bare loop.
"""

import base64
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
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import environments
from benchmarks.service import free_port

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "benchmarks" / "peers"
CORES = len(os.sched_getaffinity(0))
ROUNDS = 8
SECONDS = 2
PEER = "FastAPI on LiteRT"  # latencies are relative to this server's

# The scripts for wrk, by path.
SCRIPTS = {
    "/predict/image": """
wrk.method = "POST"
wrk.body = io.open("{photo}", "rb"):read("*a")
wrk.headers["Content-Type"] = "image/jpeg"
""",
    "/predict": """
wrk.method = "POST"
wrk.body = '{{"image": "{encoded}"}}'
wrk.headers["Content-Type"] = "application/json"
""",
    "/health/live": "",
}


class Load(NamedTuple):
    """A kind of load."""

    connections: int
    path: str = "/predict/image"
    close: bool = False


LOADS = {
    "8 connections": Load(8),
    "32 connections": Load(32),
    "8, base64 in JSON": Load(8, path="/predict"),
    "8, new connection per request": Load(8, close=True),
}
LONE = Load(1)


@contextmanager
def serving(command: Sequence[str | Path], folder: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Runs a server, from when it is ready until the context ends."""
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
        else:
            raise SystemExit(f"{command[0]} did not get ready in a minute: try it by itself, with {variables}")
        yield
    finally:
        server.terminate()
        server.wait()


def copy_model(model: Path, folder: Path) -> Path:
    """Copies a model, its labels and its sidecar into a folder of its own."""
    models = folder / "models"
    models.mkdir()
    for file in model.parent.glob(f"{model.stem}.*"):
        shutil.copy(file, models)
    return models


def wrk(port: str, load: Load, scripts: Mapping[str, Path], seconds: int = SECONDS) -> tuple[float, float]:
    """Photos per second, and the median latency in ms."""
    command = ["wrk", "--threads", "1", "--connections", str(load.connections), "--duration", f"{seconds}s"]
    command += ["--header", "Connection: close"] if load.close else []
    command += ["--latency", "--script", str(scripts[load.path]), f"http://127.0.0.1:{port}{load.path}"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text:
        raise SystemExit(text)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])  # type: ignore[index]  # wrk always prints it
    time.sleep(load.connections / max(rate, 1))  # until requests that wrk has abandoned are done
    number, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def write_scripts(photo: Path, folder: Path) -> dict[str, Path]:
    """The scripts for wrk, by the path that they send to."""
    scripts = {}
    for number, (path, text) in enumerate(SCRIPTS.items()):
        scripts[path] = folder / f"{number}.lua"
        encoded = base64.b64encode(photo.read_bytes()).decode()
        scripts[path].write_text(text.format(photo=photo, encoded=encoded))
    return scripts


def limit(model: Path, photo: Path) -> float:
    """Photos per second of the bare loop."""
    command: list[str | Path] = [sys.executable, PEERS / "limit.py", model, photo, str(SECONDS)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


class Server(NamedTuple):
    """A server's command; PORT stands for its port."""

    command: Sequence[str | Path]
    folder: Path


def servers(folder: Path) -> dict[str, Server]:
    """This service and its peers, each with an environment of its own in the folder."""
    for name in ("fast", "flask"):
        (folder / name).mkdir()
    fast = environments.create(
        folder / "fast", "fastapi", "uvicorn", "uvloop", "httptools", "ai-edge-litert", "opencv-python-headless"
    )
    uvicorn: list[str | Path] = [
        fast,
        "-m",
        "uvicorn",
        "naive_fastapi:app",
        "--workers",
        str(CORES),
        "--no-access-log",
        "--port",
        "PORT",
    ]
    found = {"this service": Server([Path(sys.executable).with_name("gunicorn")], ROOT), PEER: Server(uvicorn, PEERS)}
    if sys.version_info < (3, 12):
        old = environments.create(
            folder / "flask", "flask", "gunicorn", "tflite-runtime", "numpy<2", "opencv-python-headless<4.12"
        )
        gunicorn: list[str | Path] = [
            old,
            "-m",
            "gunicorn",
            "naive_flask:app",
            "--workers",
            str(CORES),
            "--bind",
            "127.0.0.1:PORT",
        ]
        found["Flask on tflite-runtime"] = Server(gunicorn, PEERS)
    return found


def main(model: Path, photo: Path, *names: str) -> None:
    """Prints a table in Markdown, of all servers or of some."""
    rates: dict[tuple[str, str], list[float]] = {}
    photos_per_second: dict[tuple[str, str], list[float]] = {}
    latencies: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        scripts, models = write_scripts(photo, folder), copy_model(model, folder)
        compared = {name: server for name, server in servers(folder).items() if name in names or not names}
        ports = {server: str(free_port()) for server in compared}
        for server, (command, where) in compared.items():
            variables = {"PORT": ports[server], "MODEL": str(model), "DETECTOR_MODELS": str(models)}
            words = [str(word).replace("PORT", ports[server]) for word in command]
            running.enter_context(serving(words, where, variables | {"LOG_LEVEL": "warning"}))
        before = limit(model, photo)
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            for kind, load in LOADS.items():
                photos = {server: wrk(port, load, scripts)[0] for server, port in ports.items()}
                after = limit(model, photo)
                for server, rate in photos.items():
                    rates.setdefault((server, kind), []).append(rate / statistics.mean([before, after]))
                    photos_per_second.setdefault((server, kind), []).append(rate)
                before = after
            for server, port in ports.items():
                latencies.setdefault(server, []).append(wrk(port, LONE, scripts)[1])
    print(f"{platform.machine()}, {CORES} cores, Python {platform.python_version()}, {model.name}, {photo.name}\n")
    print(f"| | {' | '.join(LOADS)} | latency of a lone request |\n|---|{'---|' * len(LOADS)}---|")
    print(f"| the bare loop | {'1 | ' * len(LOADS)} |")
    for server in compared:
        shares = [f"{statistics.median(rates[server, kind]):.2f}" for kind in LOADS]
        peer = latencies.get(PEER)
        latency = f"{statistics.median(latencies[server]) / statistics.median(peer):.2f}" if peer else ""
        print(f"| {server} | {' | '.join(shares)} | {latency} |")
    print()
    for server in compared:
        rate = statistics.median(photos_per_second[server, next(iter(LOADS))])
        print(f"{server}: {rate:.0f} photos per second, {statistics.median(latencies[server]):.1f} ms alone")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), *sys.argv[3:])
