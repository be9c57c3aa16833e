"""The service as users run it: the real gunicorn, without flags, configured by its environment."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import requests

from settings import Settings

ROOT = Path(__file__).parents[2]
GUNICORN = Path(sys.executable).with_name("gunicorn")
PATIENCE = 120  # seconds after which a test gives up; nothing should take this long

Result = TypeVar("Result")


class Server:
    """A gunicorn with a port of its own.

    Attributes:
        process: gunicorn's master.
        url: where it serves, without a slash at the end.
    """

    def __init__(
        self,
        log: Path,
        *,
        folder: Path = ROOT,
        host: str = "127.0.0.1",
        program: Path = GUNICORN,
        arguments: Sequence[str | Path] = (),
        **settings: str,
    ) -> None:
        """Starts it; it need not serve yet.

        Args:
            log: the file that its output goes to.
            folder: where it is started, with the service's files in it.
            host: address that is free for it.
            program: what becomes gunicorn.
            arguments: the program's; gunicorn itself should do without.
            settings: variables of its environment.
        """
        self._log = log
        port = free_port()
        self.url = f"http://{host}:{port}"
        ours = {field.encode_name for field in msgspec.structs.fields(Settings)}
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        environment |= {"HOST": host, "PORT": str(port)} | settings
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [program, *arguments], cwd=folder, env=environment, stdout=output, stderr=output
            )

    @property
    def log(self) -> str:
        """Its log so far."""
        return self._log.read_text("utf-8")

    @property
    def workers(self) -> list[int]:
        """The processes that answer; Linux lists them."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return list(map(int, children.split()))

    def wait_until_ready(self) -> "Server":
        """Waits until it can detect."""
        wait_for(self._is_ready, lambda: f"gunicorn is not ready:\n{self.log}")
        return self

    def stop(self) -> int:
        """Tells it to stop, waits until it has, and returns its exit status."""
        self.process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Waits until it has stopped by itself, and returns its exit status; nothing may have gone wrong unforeseen."""
        try:
            status = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
        assert "Traceback" not in self.log, self.log
        return status

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, f"gunicorn has stopped:\n{self.log}"
        try:
            return requests.get(f"{self.url}/health/ready", timeout=PATIENCE).ok
        except requests.ConnectionError:
            return False


Start = Callable[..., Server]


def free_port() -> int:
    """A port that nobody listens on, at any of this machine's addresses."""
    with socket.create_server(("", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def wait_for(poll: Callable[[], Result | None], complaint: Callable[[], str]) -> Result:
    """Returns the first true value of polling; without one in time, the test fails with the complaint."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if result := poll():
            return result
        time.sleep(0.05)
    raise AssertionError(complaint())
