"""Runs the service as users do, with a real gunicorn, and measures its costs."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import msgspec

from settings import Settings

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 60  # seconds


class Service:
    """A running service.

    Attributes:
        port: where it listens on this machine.
        seconds: time from its start to its first answer to a photo.
    """

    def __init__(self, workers: int, photo: bytes, **settings: str) -> None:
        """Starts it, and waits for its first answer to a photo."""
        started = time.perf_counter()
        self.port = str(free_port())
        self._photo = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/predict/image", photo, {"Content-Type": "image/jpeg"}
        )
        ours = {field.encode_name for field in msgspec.structs.fields(Settings)}
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        environment |= {"PORT": self.port, "WEB_CONCURRENCY": str(workers)} | settings
        gunicorn = Path(sys.executable).with_name("gunicorn")
        self._process = subprocess.Popen(
            [gunicorn], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while not self.answers():
            if self._process.poll() is not None:
                raise RuntimeError("the service has stopped: start it by hand to see why")
            time.sleep(0.01)
        self.seconds = time.perf_counter() - started

    def answers(self) -> bool:
        """True if a photo is answered."""
        try:
            with urllib.request.urlopen(self._photo, timeout=PATIENCE) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def processes(self) -> list[int]:
        """The master and its workers."""
        master = self._process.pid
        return [master, *map(int, Path(f"/proc/{master}/task/{master}/children").read_text().split())]

    def megabytes(self) -> float:
        """Proportional set size of all processes."""
        rollups = [Path(f"/proc/{process}/smaps_rollup").read_text() for process in self.processes()]
        return sum(int(size) for text in rollups for size in re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)) / 1024

    def cpu_seconds(self) -> float:
        """CPU time of all processes so far, in user and kernel mode."""
        stats = [Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split() for process in self.processes()]
        return sum(int(fields[11]) + int(fields[12]) for fields in stats) / TICKS

    def stop(self) -> None:
        """Stops it."""
        self._process.terminate()
        self._process.wait(PATIENCE)


def free_port() -> int:
    """A free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
