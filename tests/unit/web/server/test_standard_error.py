"""web/server/standard_error.py: no line of the log waits for its reader."""

import logging
import os
import pty
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from web.logs import TextLines
from web.server.standard_error import StandardErrorHandler, never_waiting


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe's two ends."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


@pytest.fixture
def standard_error() -> Iterator[None]:
    """Standard error, which a test may replace."""
    kept = os.dup(2)
    yield
    os.dup2(kept, 2)
    os.close(kept)


def handler() -> StandardErrorHandler:
    """A handler for the standard error of this moment."""
    made = StandardErrorHandler()
    made.setFormatter(TextLines())
    return made


def line(text: str) -> logging.LogRecord:
    """A line with a text."""
    return logging.LogRecord("any", logging.INFO, "file", 1, text, (), None)


def fill(write: Callable[[bytes], int]) -> None:
    """Writes until that is impossible."""
    with suppress(BlockingIOError):
        for _ in range(1000):
            write(bytes(4096))
        pytest.fail("Nothing was full.")


def test_others_may_still_wait(pipe: tuple[int, int]) -> None:
    """The descriptor of the program that started the service keeps its flags: it waits for the reader as before."""
    ours = os.dup(pipe[1])
    write = never_waiting(ours)
    fill(write)
    assert os.get_blocking(pipe[1])
    os.close(ours)


def test_sockets_and_terminals() -> None:
    """Neither a socket nor a terminal is waited for, and both keep their flags."""
    reading, writing = socket.socketpair()
    ours, theirs = pty.openpty()
    with closing(reading), closing(writing):
        for descriptor in (writing.fileno(), theirs):
            copy = os.dup(descriptor)
            write = never_waiting(copy)
            fill(write)
            assert os.get_blocking(descriptor)
            os.close(copy)
    os.close(ours)
    os.close(theirs)


@pytest.mark.usefixtures("standard_error")
def test_dropped_lines_are_counted(pipe: tuple[int, int]) -> None:
    """Lines that do not fit are dropped; the next one that does comes behind their number."""
    reading, writing = pipe
    os.dup2(writing, 2)
    log = handler()
    for _ in range(200):
        log.emit(line("x" * 9999))
    assert os.read(reading, 1 << 21).endswith(b"x")  # the last line was written in part
    for text in ("next", "last"):
        log.emit(line(text))
    counted, following, last = os.read(reading, 1 << 20).decode().strip().splitlines()
    assert "WARNING" in counted
    assert 80 < int(counted.partition("WARNING ")[2].split()[0]) < 110
    assert following.endswith("INFO next")
    assert last.endswith("INFO last")


@pytest.mark.usefixtures("standard_error")
def test_a_full_disk_and_a_reader_that_has_ended(pipe: tuple[int, int]) -> None:
    """Both only lose lines."""
    full, (reading, writing) = os.open("/dev/full", os.O_WRONLY), os.pipe()
    os.close(reading)
    for descriptor in (full, writing):
        os.dup2(descriptor, 2)
        log = handler()
        log.emit(line("lost"))
        os.dup2(pipe[1], 2)
        log.emit(line("next"))
        assert b"1 log line was dropped" in os.read(pipe[0], 1 << 16)
        os.close(descriptor)


@pytest.mark.usefixtures("standard_error")
def test_a_file_is_appended_to(tmp_path: Path) -> None:
    """A file keeps its mode and its place: what other programs have written stays."""
    path = tmp_path / "log"
    with path.open("ab") as file:
        os.dup2(file.fileno(), 2)
        log = handler()
        log.emit(line("first"))
        file.write(b"theirs\n")
        file.flush()
        log.emit(line("second"))
    first, theirs, second = path.read_text("utf-8").splitlines()
    assert first.endswith("INFO first")
    assert theirs == "theirs"
    assert second.endswith("INFO second")
