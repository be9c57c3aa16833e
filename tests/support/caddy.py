"""Caddy, as some tests run it in front of the service."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.support.server import PATIENCE, wait_for


@contextmanager
def caddy(program: Path, folder: Path, is_ready: Callable[[], bool], **variables: str) -> Iterator[None]:
    """Runs Caddy, and waits until the service answers through it.

    Args:
        program: Caddy.
        folder: has the Caddyfile, and gets what Caddy stores.
        is_ready: asks the service through Caddy.
        variables: of Caddy's environment.
    """
    environment = os.environ | {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)} | variables

    def answers() -> bool:
        try:
            return is_ready()
        except requests.ConnectionError:
            return False

    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "run", "--config", folder / "Caddyfile"], env=environment, stdout=log, stderr=log
        )
    try:
        wait_for(answers, lambda: (folder / "log").read_text("utf-8"))
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)
