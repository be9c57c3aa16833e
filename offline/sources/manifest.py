"""Manifests: files that list photos as text, CSV or JSON, each on a line of its own."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TextIO

import msgspec

from offline.errors import RunError
from offline.names import is_address, name_of, path_of

COLUMNS = ("photo", "path", "file", "filename", "file_name", "image", "image_path", "uri", "url", "key")
HEADER = "run"  # the member of the first line of results, which may serve as a list
MAX_NAME = 8192  # characters; paths have up to 4096 bytes
DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_LINES = (".jsonl", ".ndjson")
TEXT = (".txt", ".lst", ".list")
SUFFIXES = (*DELIMITERS, *JSON_LINES, *TEXT)


class EntryError(ValueError):
    """An entry that cannot be used; says why."""


def photos(file: BinaryIO, title: str, base: str) -> Iterator[str]:
    """Yields the names of the photos that a manifest lists.

    Args:
        file: the open manifest.
        title: its name, whose suffix tells its format; an unknown suffix stands for text.
        base: what relative entries start from, a folder or an address.

    Raises:
        RunError: it cannot be read.
    """
    number = 1  # of the line where the entry starts
    try:
        with io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="") as text:
            lines = _Lines(text)
            for entry in _entries(lines, PurePosixPath(title).suffix.lower()):
                if entry:
                    yield _name(entry, base)
                number = lines.read + 1
    except EntryError as error:
        raise RunError(f"Line {number} of {title} cannot be used: {error}.") from None
    except csv.Error:
        raise RunError(f"Line {number} of {title} is not CSV: see to its quotation marks.") from None
    except OSError as error:
        raise RunError(f"{title} cannot be read: {error.strerror or type(error).__name__}.") from None


class _Lines(Iterator[str]):
    """The lines of a text.

    Attributes:
        read: the number of those that were read.
    """

    def __init__(self, text: TextIO) -> None:
        self.read = 0
        self._text = text

    def __next__(self) -> str:
        line = next(self._text)
        self.read += 1
        return line


def _entries(lines: Iterator[str], suffix: str) -> Iterator[str]:
    """Yields what a manifest lists; an empty text for what names no photo."""
    if suffix in DELIMITERS:
        return _cells(csv.reader(lines, delimiter=DELIMITERS[suffix], strict=True))
    if suffix in JSON_LINES:
        return map(_member, lines)
    return (line.rstrip("\r\n") for line in lines)


def _cells(rows: Iterator[list[str]]) -> Iterator[str]:
    """Yields the cells of the column that holds photos: the one with a known title, or else the first of all rows."""
    first = next(rows, [])
    titles = [cell.strip().lower() for cell in first]
    column = next((titles.index(title) for title in COLUMNS if title in titles), -1)
    yield first[0] if first and column < 0 else ""
    for row in rows:
        yield row[max(column, 0)] if len(row) > max(column, 0) else ""


def _member(line: str) -> str:
    """The photo that a line of JSON names: a text, or the member of an object with a known name.

    Raises:
        EntryError: it names none. Null and an empty text are no mistakes, nor is the header of results.
    """
    if not line.strip():
        return ""
    try:
        value = msgspec.json.decode(line.encode("utf-8", "surrogateescape"))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise EntryError("it is not JSON") from None
    if isinstance(value, dict):
        member = next((name for name in COLUMNS if name in value), None)
        if member is None and HEADER in value:
            return ""
        if member is None:
            raise EntryError(f"it has no member called {', '.join(COLUMNS[:-1])} or {COLUMNS[-1]}")
        if not isinstance(value[member], str | None):
            raise EntryError(f"its member {member} must be a text")
        return value[member] or ""
    if not isinstance(value, str | None):
        raise EntryError("it must be a text or an object")
    return value or ""


def _name(entry: str, base: str) -> str:
    """The name of an entry's photo.

    Raises:
        EntryError: it cannot be a name.
    """
    if "\0" in entry:
        raise EntryError("it has a null character: save the list as UTF-8, with one photo per line")
    if len(entry) > MAX_NAME:
        raise EntryError(f"it has more than {MAX_NAME} characters")
    if is_address(entry):
        path = path_of(entry)
        return entry if path is None else name_of(path)
    return f"{base}/{entry}" if is_address(base) else name_of(Path(base) / entry)
