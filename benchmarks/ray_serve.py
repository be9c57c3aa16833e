"""Compares the service behind Ray Serve with the service under gunicorn, in one run.

    scripts/install ray && .venv/bin/python -m benchmarks.ray_serve [PHOTO.jpg]

Both have one CPU for photos, then two, and take turns. Ray's own processes, its proxy among them, may use all CPUs of
the machine, and so may the client. Prints photos per second, the 99th percentile of the milliseconds for a photo, and
CPU milliseconds per photo of all the service's processes, as ratios to gunicorn's.
"""

import asyncio
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from benchmarks.offline import running_seconds
from benchmarks.open_loop import Flood
from benchmarks.service import free_port

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CONFIG = ROOT / "deploy" / "ray" / "serve.yml"
ROUNDS = 3
SECONDS = 4.0  # per round
START_SECONDS = 240
CONNECTIONS = (1, 8)
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "PYTHONWARNINGS": "ignore",
    "RAY_AUTH_MODE": "disabled",
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    "RAY_USAGE_STATS_ENABLED": "0",
}


class Numbers(NamedTuple):
    """The measurements of a round."""

    rate: float
    p99: float
    cpu: float


class Running:
    """A running service."""

    def __init__(self, words: list[str | Path], port: int, photo: bytes, **settings: Any) -> None:
        """Starts it, and waits for its first answer to a photo."""
        self._url = f"http://127.0.0.1:{port}"
        head = f"POST /predict/image HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(photo)}\r\n\r\n"
        self._request = head.encode() + photo
        self._process = subprocess.Popen(
            words,
            cwd=ROOT,
            env=os.environ | ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **settings,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers(photo):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise SystemExit(f"{words[0]} does not answer: start it by hand to see why")
            time.sleep(0.1)

    def measure(self, connections: int) -> Numbers:
        """Sends photos for a while, over some connections, each as soon as the one before is answered."""
        flood = Flood(self._url, self._request, connections)
        before = running_seconds(self._process.pid)
        rate = asyncio.run(flood.closed_loop(SECONDS))
        cpu = running_seconds(self._process.pid) - before
        answered = flood.outcome.count(200)
        return Numbers(rate, flood.outcome.percentile(200, 99), 1000 * cpu / answered)

    def stop(self) -> None:
        """Stops it."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)

    def _answers(self, photo: bytes) -> bool:
        request = urllib.request.Request(f"{self._url}/predict/image", photo, {"Content-Type": "image/jpeg"})
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
        return False


@contextlib.contextmanager
def services(cpus: int, photo: bytes) -> Iterator[list[Running]]:
    """The service under gunicorn and behind Ray Serve, each with this many CPUs for photos."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        config = yaml.safe_load(CONFIG.read_text("utf-8"))
        port = config["http_options"]["port"] = free_port()
        [deployment] = config["applications"][0]["deployments"]
        deployment["autoscaling_config"] |= {"min_replicas": cpus, "max_replicas": cpus}
        file = Path(folder) / "serve.yml"
        file.write_text(yaml.safe_dump(config), "utf-8")
        ours = free_port()
        words: list[str | Path] = ["env", f"PORT={ours}", f"WEB_CONCURRENCY={cpus}", BIN / "gunicorn"]
        first = sorted(os.sched_getaffinity(0))[:cpus]
        both = [Running(words, ours, photo, preexec_fn=lambda: os.sched_setaffinity(0, first))]
        running.callback(both[0].stop)
        both.append(Running([BIN / "serve", "run", file], port, photo))
        running.callback(both[1].stop)
        yield both


def main(photo: bytes) -> None:
    """Prints a table in Markdown."""
    print("| CPUs for photos | connections | photos per second | p99 | CPU per photo | gunicorn |")
    print("|---|---|---|---|---|---|")
    for cpus in (1, 2):
        with services(cpus, photo) as (gunicorn, ray):
            for connections in CONNECTIONS:
                rounds = [(gunicorn.measure(connections), ray.measure(connections)) for _ in range(ROUNDS)]
                ratios = zip(*([b / a for a, b in zip(*pair, strict=True)] for pair in rounds), strict=True)
                texts = [f"{statistics.median(each):.2f} ({min(each):.2f} to {max(each):.2f})" for each in ratios]
                rate, p99, cpu = (statistics.median(each) for each in zip(*(pair[0] for pair in rounds), strict=True))
                own = f"{rate:.0f} per second, p99 {p99:.0f} ms, {cpu:.1f} ms"
                print(f"| {cpus} | {connections} | {' | '.join(texts)} | {own} |", flush=True)


if __name__ == "__main__":
    main((Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "models" / "example.jpg").read_bytes())
