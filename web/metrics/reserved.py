"""Reserves the space of what the workers share before they write to it.

prometheus-client maps sparse files. If their file system, such as /dev/shm, is full when a worker writes to one, the
kernel kills the worker, and each one that replaces it.
"""

import logging
import mmap
import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

INITIAL_BYTES = 1 << 16  # of a file, as prometheus-client makes it
MAX_ENTRY_BYTES = 8192  # of one count with its names

logger = logging.getLogger(__name__)


class ReservedDict(MmapedDict):
    """A file of counts with reserved space; if the disk is full, private memory instead."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        """Opens a file."""
        if not read_mode and not make(Path(filename), INITIAL_BYTES):
            logger.error("There is no space for %s: GET /metrics lacks what this worker counts.", Path(filename).parent)
            filename = private_file()
        super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]  # it has no types

    def _init_value(self, key: str) -> None:
        if self._used + MAX_ENTRY_BYTES > self._capacity:
            self._grow()
        super()._init_value(key)  # type: ignore[no-untyped-call]  # it has no types

    def _grow(self) -> None:
        """Reserves space for more counts before it is needed; moves to memory if the disk is full."""
        size = 2 * self._capacity
        if not reserve(self._fname, size):
            private = private_file()
            Path(private).write_bytes(self._m[:])
            with suppress(OSError):  # it is private already
                Path(self._fname).unlink()
            self._fname = private
            self._f.close()
            self._f = Path(private).open("r+b")  # noqa: SIM115 - prometheus-client closes it
            os.ftruncate(self._f.fileno(), size)
        self._m.close()
        self._m = mmap.mmap(self._f.fileno(), size)
        self._capacity = size


def make(file: Path, size: int) -> bool:
    """Makes a file with reserved space, unless it exists; false if there is none.

    Others never see it without its space: prometheus-client cannot read an empty file.
    """
    if file.exists():
        return True
    new = file.with_suffix(".new")
    try:
        if reserve(str(new), size):
            new.replace(file)
    except OSError:
        return False
    finally:
        new.unlink(missing_ok=True)
    return file.exists()


def reserve(filename: str, size: int) -> bool:
    """Reserves a file's space on the disk; false if there is none."""
    try:
        with Path(filename).open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, size)
    except OSError:
        return False
    return True


def private_file() -> str:
    """The path of a file in memory that no one else sees."""
    return f"/proc/self/fd/{os.memfd_create('metrics')}"


def reserve_space() -> None:
    """Makes prometheus-client reserve the space of its files, on Linux."""
    if hasattr(os, "memfd_create"):
        values.MmapedDict = ReservedDict  # type: ignore[attr-defined]  # it offers no other way
