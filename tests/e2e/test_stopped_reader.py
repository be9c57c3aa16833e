"""The reader of the log stops reading: the service goes on, drops lines, and counts them."""

import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.support.server import GUNICORN, PATIENCE, Server, Start, wait_for

LONG = "/" + "x" * 2000  # its line is as long as lines become
ENOUGH = 600  # such lines fill any buffer
WITHOUT_PROC = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c"]

CONNECT = (
    "import os, socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
    "os.dup2(s.fileno(), 2); os.execv(sys.argv[2], sys.argv[2:])"
)

Kind = Callable[[ExitStack, Path], tuple[str, Callable[[], int]]]


def pipe(stack: ExitStack, folder: Path) -> tuple[str, Callable[[], int]]:
    """A pipe: the shell's command for a service that logs to it, and a function with the descriptor to read from."""
    os.mkfifo(folder / "pipe")
    descriptor = os.open(folder / "pipe", os.O_RDWR)
    stack.callback(os.close, descriptor)
    return f"exec {GUNICORN} 2>{folder}/pipe", lambda: descriptor


def terminal(stack: ExitStack, _: Path) -> tuple[str, Callable[[], int]]:
    """A terminal; see pipe."""
    reading, writing = pty.openpty()
    stack.callback(os.close, reading)
    stack.callback(os.close, writing)
    return f"exec {GUNICORN} 2>{os.ttyname(writing)}", lambda: reading


def connection(stack: ExitStack, folder: Path) -> tuple[str, Callable[[], int]]:
    """A socket, as systemd's journal has; see pipe."""
    listening = stack.enter_context(closing(socket.socket(socket.AF_UNIX)))
    listening.bind(f"{folder}/socket")
    listening.listen()
    command = f"exec {sys.executable} -c '{CONNECT}' {folder}/socket {GUNICORN}"
    return command, lambda: stack.enter_context(closing(listening.accept()[0])).fileno()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what a test has opened."""
    with ExitStack() as stack:
        yield stack


def fill(server: Server, clients: int) -> None:
    """Sends requests whose lines fill any buffer; each must be answered."""

    def ask(_: int) -> int:
        return requests.get(f"{server.url}{LONG}", timeout=PATIENCE).status_code

    with ThreadPoolExecutor(clients) as threads:
        assert set(threads.map(ask, range(ENOUGH))) == {404}


def read_on(descriptor: int, read: bytearray) -> None:
    """Reads what is there."""
    while select.select([descriptor], [], [], 0.2)[0]:
        read += os.read(descriptor, 1 << 16)


def assert_is_counted(server: Server, descriptor: int) -> None:
    """Once the log is read again, it says how many lines were dropped, and has the next lines."""
    read = bytearray()

    def has_count() -> bool:
        read_on(descriptor, read)
        requests.get(f"{server.url}/models/after", timeout=PATIENCE)
        return b"log lines were dropped" in read and b"/models/after" in read.rpartition(b"dropped")[2]

    wait_for(has_count, lambda: read[-3000:].decode(errors="replace"))


def has_replaced(server: Server, before: list[int]) -> bool:
    """True once there are as many workers as before, the first of which is gone."""
    return before[0] not in server.workers and len(server.workers) == len(before)


@pytest.mark.parametrize("kind", [pipe, terminal, connection])
def test_the_service_goes_on(start: Start, stack: ExitStack, tmp_path: Path, photo: bytes, kind: Kind) -> None:
    """With several workers, all requests are answered while nobody reads the log; later, it counts what it lacks."""
    command, opened = kind(stack, tmp_path)
    server = start(program=Path("/bin/sh"), arguments=["-c", command], WEB_CONCURRENCY="3").wait_until_ready()
    descriptor = opened()
    fill(server, 8)
    for _ in range(20):
        answer = requests.post(f"{server.url}/predict/image", photo, timeout=PATIENCE)
        assert answer.json()["normalizedVertices"]
    assert_is_counted(server, descriptor)
    fill(server, 8)
    assert server.stop() == 0


def test_workers_are_replaced(start: Start, stack: ExitStack, tmp_path: Path, photo: bytes) -> None:
    """While nobody reads the log, a killed worker is replaced, and SIGHUP replaces all: the master logs, too."""
    command, _ = pipe(stack, tmp_path)
    server = start(program=Path("/bin/sh"), arguments=["-c", command], WEB_CONCURRENCY="2").wait_until_ready()
    fill(server, 4)
    for number in (signal.SIGKILL, signal.SIGHUP):
        before = server.workers
        os.kill(before[0] if number == signal.SIGKILL else server.process.pid, number)
        wait_for(partial(has_replaced, server, before), lambda: str(server.workers))
        server.wait_until_ready()
        for _ in range(10):
            answer = requests.post(f"{server.url}/predict/image", photo, timeout=PATIENCE)
            assert answer.json()["normalizedVertices"]
    assert server.stop() == 0


def test_without_proc(start: Start, stack: ExitStack, tmp_path: Path) -> None:
    """A pipe that cannot be opened once more, as that of another user, holds nothing up, either."""
    tried = subprocess.run([*WITHOUT_PROC, "umount --lazy /proc"], check=False, capture_output=True, text=True)
    if not shutil.which("unshare") or tried.returncode:
        pytest.skip(f"nothing may be unmounted here: {tried.stderr.strip()}")
    command, opened = pipe(stack, tmp_path)
    server = start(
        program=Path(WITHOUT_PROC[0]),
        arguments=[*WITHOUT_PROC[1:], f"umount --lazy /proc && {command}"],
        WEB_CONCURRENCY="2",
    ).wait_until_ready()
    fill(server, 1)
    assert_is_counted(server, opened())
    assert server.stop() == 0
