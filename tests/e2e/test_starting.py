"""A start under adverse conditions: early signals, closed standard streams, other folders."""

import signal
import sys
from pathlib import Path

import pytest
import requests

from tests.support.pausing import paused
from tests.support.server import GUNICORN, PATIENCE, ROOT, Server, Start, wait_for

SERVE = f"{sys.executable} serve.py"


def start_until_signals_are_set(start: Start) -> Server:
    """A service that has only begun to start; Linux tells which signals a process handles."""
    server = start(program=Path(sys.executable), arguments=["serve.py"])
    status = Path(f"/proc/{server.process.pid}/status")

    def handles_terminate() -> bool:
        caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt:"))
        return bool(int(caught.split()[1], 16) & 1 << signal.SIGTERM - 1)

    wait_for(handles_terminate, lambda: server.log)
    return server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_start(start: Start, number: signal.Signals) -> None:
    """SIGTERM and SIGINT end a service that is only starting, in silence and with success."""
    server = start_until_signals_are_set(start)
    with paused(server.process.pid):
        before = server.log  # mostly nothing, unless the test was slow
        server.process.send_signal(number)
    assert server.wait() == 0
    assert server.log == before


def test_a_reload_does_not_end_the_start(start: Start) -> None:
    """SIGHUP does not end a service that is only starting."""
    server = start_until_signals_are_set(start)
    server.process.send_signal(signal.SIGHUP)
    server.wait_until_ready()
    assert server.stop() == 0


@pytest.mark.parametrize("program", [SERVE, f"{GUNICORN}"])
@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", "<&-", ">&- 2>&-"])
def test_closed_streams(start: Start, photo: bytes, program: str, closed: str) -> None:
    """Without standard streams, the service starts, detects and stops as ever."""
    server = start(program=Path("/bin/sh"), arguments=["-c", f"exec {program} {closed}"]).wait_until_ready()
    response = requests.post(f"{server.url}/predict/image", photo, timeout=PATIENCE)
    assert response.json()["normalizedVertices"]
    assert server.stop() == 0


@pytest.mark.parametrize("folder", ["/", "here && rmdir ../here"])
def test_any_folder(start: Start, photo: bytes, tmp_path: Path, folder: str) -> None:
    """The service may be started from any folder, even from one that is gone."""
    (tmp_path / "here").mkdir()
    command = f"cd {tmp_path} && cd {folder} && exec {sys.executable} {ROOT}/serve.py"
    server = start(program=Path("/bin/sh"), arguments=["-c", command]).wait_until_ready()
    response = requests.post(f"{server.url}/predict/image", photo, timeout=PATIENCE)
    assert response.json()["normalizedVertices"]
    assert server.stop() == 0
