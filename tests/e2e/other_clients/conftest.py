"""Other services' clients in an environment of their own, and services that they can use."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support import environment
from tests.support.server import PATIENCE, ROOT, Server

PHOTO = ROOT / "models" / "example.jpg"
TOKEN = "open-sesame"

Run = Callable[[str], Any]


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with these clients, whose packages conflict with the service's."""
    python = environment.create(
        tmp_path_factory.mktemp("clients"),
        "google-api-python-client>=2.180",
        "google-cloud-vision>=3.16",
        "matplotlib>=3.10",
        "opencv-python-headless>=4.11",
        "pydoods==1.0.2",
        "validators>=0.35",
    )
    # Without their dependencies: they name OpenCV's build for desktops, and do without the rest.
    environment.install(python, "--no-deps", "deepstack-python==0.9", "deepstack-sdk==0.2.1")
    return python


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with all operations of the contract, and a token."""
    log = tmp_path_factory.mktemp("guarded") / "log"
    server = Server(log, DETECTOR_COMPATIBILITY="1", DETECTOR_TOKENS=TOKEN).wait_until_ready()
    yield server
    server.stop()


@pytest.fixture
def token() -> str:
    """The token that `guarded` accepts."""
    return TOKEN


@pytest.fixture
def run(python: Path, complete: Server, guarded: Server, tmp_path: Path) -> Run:
    """A function that runs a client in an empty folder and returns the JSON that it prints."""
    arguments: list[str | Path] = [complete.url, guarded.url, TOKEN, PHOTO]

    def run(program: str) -> Any:
        command: list[str | Path] = [python, "-c", program, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture
def cones(complete: Server) -> list[dict[str, Any]]:
    """The example's cones in pixels, by our own operation."""
    form = {"units": "pixel", "score_th": "0.4"}
    answer = requests.post(f"{complete.url}/predict/upload", form, files={"file": PHOTO.read_bytes()}, timeout=PATIENCE)
    found: list[dict[str, Any]] = answer.json()["normalizedVertices"]
    assert len(found) == 4
    return found
