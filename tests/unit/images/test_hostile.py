"""detector/images/: no file, however hostile, takes more than its share or crashes the process."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.server import ROOT

pytestmark = pytest.mark.slow

SEED = 20
SECONDS = 300.0  # after which the child counts as hung
MEGABYTES = 300  # MB that a photo may take, see docs


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """The report of a process that has decoded thousands of hostile files."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.support.hostile", str(SEED)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )
    assert child.returncode == 0, child.stderr.decode()[-1000:]
    return {**json.loads(child.stdout), "stderr": child.stderr.decode()}


def test_every_file_gets_an_answer(report: dict[str, Any]) -> None:
    """Each of thousands of hostile files is decoded or refused in one of the two ways; nothing else is raised."""
    assert report["stray"] == []
    assert sum(report["outcomes"].values()) > 4000
    assert min(report["outcomes"][each] for each in ("decoded", "UnreadableImage", "ImageTooLarge")) > 200


def test_no_file_takes_much_memory(report: dict[str, Any]) -> None:
    """No hostile file takes more memory than a photo may."""
    assert report["megabytes"][0][0] < MEGABYTES, report["megabytes"]


def test_decoders_are_silent(report: dict[str, Any]) -> None:
    """No decoder writes into the server's log."""
    assert report["stderr"] == ""
