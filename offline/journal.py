"""Results as lines of JSON: a header, then a row for each photo, in order."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from offline.errors import RunError
from offline.replacing import replace_file, report_errors

SYNC_SECONDS = 5.0  # rows that are older survive a power cut
BLOCK = 1 << 16


class Reason(msgspec.Struct, frozen=True):
    """The reason why a photo has no detections."""

    detail: str


class Entry(msgspec.Struct, frozen=True):
    """The relevant members of a row that was written earlier."""

    photo: str
    error: Reason | None = None


class Journal:
    """A file that grows by whole rows; one process at a time writes it."""

    def __init__(self, path: Path, header: bytes) -> None:
        """Opens or creates the file. Cuts off a row that was not written to its end.

        Args:
            path: the file.
            header: its first line, as JSON.

        Raises:
            RunError: it cannot be written, another process writes it, or it has another header.
        """
        self.path = path
        self._header = header + b"\n"
        self._synced = time.monotonic()
        self._open()
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def entries(self) -> Iterator[Entry]:
        """Yields the relevant members of its rows.

        Raises:
            RunError: one is damaged.
        """
        number = 1
        try:
            for number, row in enumerate(self.rows(), 2):  # noqa: B007 - for the message
                yield msgspec.json.decode(row, type=Entry)
        except msgspec.MsgspecError:
            raise RunError(f"Line {number} of {self.path} is damaged: remove it.") from None

    def rows(self) -> Iterator[bytes]:
        """Yields its rows, each with the line's end."""
        with self.path.open("rb") as file:
            file.seek(len(self._header))
            yield from file

    def append(self, rows: Sequence[bytes]) -> None:
        """Adds rows, given as JSON.

        Raises:
            RunError: the file cannot be written.
        """
        with report_errors(self.path):
            self._file.write(b"".join(row + b"\n" for row in rows))
            self._file.flush()
            if time.monotonic() - self._synced > SYNC_SECONDS:
                self.sync()

    def sync(self) -> None:
        """Writes the file to disk, so that a power cut loses nothing."""
        with report_errors(self.path):
            os.fsync(self._file.fileno())
            self._synced = time.monotonic()

    def drop_failures(self) -> None:
        """Removes the rows of photos that have no detections."""
        with replace_file(self.path) as file:
            file.write(self._header)
            file.writelines(row for row, entry in zip(self.rows(), self.entries(), strict=True) if entry.error is None)
        self.close()
        self._open()

    def close(self) -> None:
        """Closes the file, so that others may write it."""
        with contextlib.suppress(OSError):  # reported before
            self._file.close()

    def _open(self) -> None:
        with report_errors(self.path):
            self._file = self.path.open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise RunError(f"{self.path} is being written by another run: wait for it, or name another file.") from None

    def _begin(self) -> None:
        """Writes the header, or compares it; then cuts off an incomplete last line."""
        with self.path.open("rb") as file:
            start = file.read(len(self._header))
            if start != self._header:
                if self._header.startswith(start):  # nothing, or a header that was not written to its end
                    self._cut(0)
                    self.append([self._header[:-1]])
                    return
                raise RunError(
                    f"{self.path} holds results of other options, models or versions: name another file."
                    if b'"run":{' in start
                    else f"{self.path} does not hold results: name another file."
                )
            end = file.seek(0, os.SEEK_END)
            while end:
                block = min(BLOCK, end)
                file.seek(end - block)
                last = file.read(block).rfind(b"\n")
                if last >= 0:
                    self._cut(end - block + last + 1)
                    return
                end -= block

    def _cut(self, size: int) -> None:
        with report_errors(self.path):
            self._file.truncate(size)
