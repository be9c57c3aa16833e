"""Writes the log to standard error without waiting for its reader: one that has stopped would stop every process."""

import fcntl
import logging
import os
import select
import socket
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress

STANDARD_ERROR = 2
PIPE_BYTES = 1 << 20  # the maximum without privileges; holds thousands of lines while a reader is late
LATE_SECONDS = 0.05  # for which a reader may be late: a terminal takes a few lines at a time


class StandardErrorHandler(logging.Handler):
    """A logging handler that drops lines which cannot be written, and then logs how many there were."""

    def __init__(self) -> None:
        super().__init__()
        self._write = never_waiting(STANDARD_ERROR)
        self._dropped: dict[int | None, int] = {}  # lines by process, since forks inherit the handler
        self._is_torn = False  # a part of the last line was written
        self._poll = select.poll()
        self._poll.register(STANDARD_ERROR, select.POLLOUT)

    def emit(self, record: logging.LogRecord) -> None:
        """Writes or drops a line; see logging.Handler."""
        try:
            text = self.format(record)
        except Exception:  # noqa: BLE001 - as in logging's own handlers: a bad line fails nothing else
            self.handleError(record)
            return
        if dropped := self._dropped.get(record.process, 0):
            text = f"{self.format(count_of(dropped))}\n{text}"
        # After a dropped line, the reader is known to have stopped, and gets no more time.
        if self._has_written(text, LATE_SECONDS if not dropped else 0):
            self._dropped.pop(record.process, None)
        else:
            self._dropped[record.process] = dropped + 1

    def _has_written(self, text: str, seconds: float) -> bool:
        line = f"{text}\n".encode(errors="backslashreplace")
        try:
            left = self._write_some(b"\n" + line if self._is_torn else line)
            if left:
                deadline = time.monotonic() + seconds
                while left and (wait := deadline - time.monotonic()) > 0 and self._poll.poll(wait * 1000):
                    left = self._write_some(left)
        except OSError:  # the disk is full, or the reader has ended
            return False
        return not left

    def _write_some(self, data: bytes) -> bytes:
        """Writes what there is room for, and returns the rest."""
        try:
            written = self._write(data)
        except BlockingIOError:
            return data
        self._is_torn = written < len(data)
        return data[written:]


def count_of(dropped: int) -> logging.LogRecord:
    """The line that counts dropped lines."""
    text = "1 log line was dropped" if dropped == 1 else f"{dropped} log lines were dropped"
    arguments = {"name": __name__, "levelno": logging.WARNING, "levelname": "WARNING"}
    return logging.makeLogRecord({**arguments, "msg": f"{text}: standard error was full."})


def never_waiting(descriptor: int) -> Callable[[bytes], int]:
    """A function that writes bytes to a descriptor, and returns their number.

    Where a write would have to wait, it raises a BlockingIOError instead.

    The flag O_NONBLOCK would also apply to other programs with the same pipe or terminal, such as the one that started
    the service. On Linux, the descriptor is therefore opened once more, which also keeps libraries that write to it
    from waiting. That fails without /proc, or if the pipe is another user's. The descriptor is then polled before each
    write, and a process may still wait if another one writes in between.
    """
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISSOCK(mode):
        connection = socket.socket(fileno=os.dup(descriptor))
        return lambda data: connection.send(data, socket.MSG_DONTWAIT)
    is_pipe = stat.S_ISFIFO(mode)
    if not is_pipe and not os.isatty(descriptor):  # a file has no reader
        return lambda data: os.write(descriptor, data)
    if is_pipe and sys.platform == "linux":
        with suppress(OSError):  # the user has too many such pipes
            if fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ) < PIPE_BYTES:
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    if not os.get_blocking(descriptor) or has_reopened(descriptor):
        return lambda data: os.write(descriptor, data)
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)

    def write_if_ready(data: bytes) -> int:
        if not poll.poll(0):
            raise BlockingIOError
        return os.write(descriptor, data[: select.PIPE_BUF])

    return write_if_ready


def has_reopened(descriptor: int) -> bool:
    """Opens what a descriptor refers to again, for writing without waiting; False if that is impossible."""
    try:
        again = os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return False
    os.dup2(again, descriptor)
    os.close(again)
    return True
