"""The service goes on where the machine fails it: without shared memory, and with disks that are full."""

import subprocess
from pathlib import Path

import pytest
import requests

from tests.support.server import GUNICORN, PATIENCE, Server, Start, wait_for

UNSHARE = ["--mount", "--propagation", "private", "/bin/sh", "-c"]
GONE = {
    "no shared memory": "umount --lazy /dev/shm",
    "shared memory that no one may write to": "mount -t tmpfs -o ro none /dev/shm",
    "little shared memory": "mount -t tmpfs -o size=64k none /dev/shm",
}


@pytest.fixture(scope="module", autouse=True)
def mounts() -> None:
    """The right to mount, for the server's process alone."""
    tried = subprocess.run(
        ["unshare", *UNSHARE, "mount -t tmpfs none /dev/shm"], check=False, capture_output=True, text=True
    )
    if tried.returncode:
        pytest.skip(f"nothing may be mounted here: {tried.stderr.strip()}")


def start_with(start: Start, command: str, **settings: str) -> Server:
    """A server whose machine a command has changed."""
    arguments = [*UNSHARE, f"{command} && exec {GUNICORN}"]
    return start(program=Path("unshare"), arguments=arguments, **settings).wait_until_ready()


def run_inside(server: Server, command: str) -> None:
    """Runs a command where the server sees what it does."""
    inside = ["nsenter", "--mount", "--target", str(server.process.pid)]
    subprocess.run([*inside, "/bin/sh", "-c", command], check=False, capture_output=True)


def assert_answers(server: Server, photo: bytes, times: int = 5) -> None:
    """The server detects, and tells what it has counted."""
    for _ in range(times):
        answer = requests.post(f"{server.url}/predict/image", photo, timeout=PATIENCE)
        assert answer.json()["normalizedVertices"]
    told = requests.get(f"{server.url}/metrics", timeout=PATIENCE)
    assert "specsight_requests_total" in told.text


@pytest.mark.parametrize("command", GONE.values(), ids=GONE)
def test_shared_memory_is_not_needed(start: Start, photo: bytes, command: str) -> None:
    """Without shared memory the service starts, detects, counts and stops as ever."""
    server = start_with(start, command)
    assert_answers(server, photo)
    assert server.stop() == 0
    assert "Traceback" not in server.log


def test_proc_is_not_needed(start: Start, photo: bytes) -> None:
    """Without /proc, as in some sandboxes, the service starts, detects, counts and stops as ever."""
    server = start_with(start, "umount --lazy /proc")
    assert_answers(server, photo)
    assert server.stop() == 0


def test_shared_memory_may_fill_up(start: Start, photo: bytes) -> None:
    """If shared memory fills up, no worker ends, and a worker that replaces another detects, too."""
    server = start_with(start, "mount -t tmpfs -o size=20m none /dev/shm", WEB_CONCURRENCY="1")
    (worker,) = server.workers
    run_inside(server, "cat /dev/zero > /dev/shm/fill")
    for path in ("/", "/models", "/nowhere", "/predict", "/predict/upload"):
        requests.post(f"{server.url}{path}", photo, timeout=PATIENCE)
    assert_answers(server, photo)
    assert server.workers == [worker]
    run_inside(server, f"kill -KILL {worker}")
    wait_for(lambda: worker not in server.workers, lambda: server.log)
    server.wait_until_ready()
    assert_answers(server, photo)
    assert len(server.workers) == 1
    assert "GET /metrics lacks what this worker counts" in server.log


def test_the_disk_of_the_log_may_fill_up(start: Start, photo: bytes, tmp_path: Path) -> None:
    """Requests are answered even if there is no room for the log."""
    (tmp_path / "disk").mkdir()
    command = f"mount -t tmpfs -o size=16k none {tmp_path}/disk && exec 2> {tmp_path}/disk/log"
    server = start_with(start, command)
    run_inside(server, f"cat /dev/zero > {tmp_path}/disk/fill")
    assert_answers(server, photo, times=100)
    assert server.stop() == 0


def test_workers_that_cannot_live_stop_the_service(start: Start, tmp_path: Path) -> None:
    """A service whose every worker ends at once gives up with a sentence and an exit code."""
    config = tmp_path / "gunicorn.conf.py"
    config.write_text(
        "exec(open('gunicorn.conf.py').read())\n"
        "def post_worker_init(worker):\n"
        "    import os, signal\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    server = start(arguments=["--config", config])
    assert server.wait() == 1
    assert "workers in a row have ended within 5 s of their start" in server.log
    assert "Traceback" not in server.log
