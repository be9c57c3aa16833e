"""The results file of a run, in the format that its suffix names."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from offline.errors import RunError
from offline.journal import Entry, Journal
from offline.replacing import NEW

UNFINISHED = ".unfinished.jsonl"  # follows a Parquet file's name


class Results(Protocol):
    """A file of results."""

    def entries(self) -> Iterator[Entry]:
        """Yields the relevant members of its rows."""

    def append(self, rows: Sequence[bytes]) -> None:
        """Adds rows, given as JSON."""

    def drop_failures(self) -> None:
        """Removes the rows of photos that have no detections."""

    def finish(self) -> None:
        """Completes the file."""

    def close(self) -> None:
        """Closes the file, so that others may write it."""


class JsonLines(Journal):
    """Lines of JSON."""

    def finish(self) -> None:
        """See Results."""
        self.sync()


class Parquet:
    """A Parquet file, and a journal of the rows to be added to it.

    The journal's header has the file's number of rows. If a run ends between adding the rows and removing the journal,
    the numbers differ, and the journal is not added again.
    """

    def __init__(self, path: Path, header: bytes) -> None:
        """See Journal."""
        try:
            from offline.parquet import ParquetFile  # noqa: PLC0415 - an extra
        except ImportError:
            raise RunError("Parquet needs pyarrow: .venv/bin/pip install '.[offline]'.") from None
        self._file = ParquetFile(path, header)
        self._header = header
        self._journal = self._begin()

    def entries(self) -> Iterator[Entry]:
        """See Results."""
        return itertools.chain(self._file.entries(), self._journal.entries())

    def append(self, rows: Sequence[bytes]) -> None:
        """See Results."""
        self._journal.append(rows)

    def drop_failures(self) -> None:
        """See Results."""
        self.finish()
        self._file.drop_failures()
        self._journal = self._begin()

    def finish(self) -> None:
        """Adds the journal's rows to the file, and removes the journal."""
        self._journal.sync()
        self._file.add(self._journal.rows())
        self._journal.path.unlink(missing_ok=True)
        self._journal.close()

    def close(self) -> None:
        """See Results."""
        self._journal.close()

    def _begin(self) -> Journal:
        path = self._file.path.with_name(f"{self._file.path.name}{UNFINISHED}")
        header = b'{"after":%d,%b' % (self._file.rows, self._header[1:])
        if path.exists():
            with path.open("rb") as file:
                after, _, rest = file.readline().partition(b",")
            if rest == self._header[1:] + b"\n" and after != header.partition(b",")[0]:
                path.unlink()
        return Journal(path, header)


FORMATS: dict[str, Callable[[Path, bytes], Results]] = {".jsonl": JsonLines, ".ndjson": JsonLines, ".parquet": Parquet}


def beside(path: Path) -> list[Path]:
    """The files that may lie beside a file of results while it is written."""
    return [path.with_name(f"{path.name}{suffix}") for suffix in (UNFINISHED, f"{UNFINISHED}{NEW}", NEW)]


def open_results(path: Path, header: bytes) -> Results:
    """Opens a file of results to add rows, or creates it.

    Args:
        path: the file, whose suffix names the format.
        header: the inputs of the results besides the photos, as JSON.

    Raises:
        RunError: it cannot be used.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise RunError(f"Results are written as {', '.join(FORMATS)}: give --out a name with one of these suffixes.")
    return FORMATS[suffix](path, header)
