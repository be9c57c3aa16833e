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
MAX_NAME = 8192  # characters; paths have up to 4096 bytes
DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_LINES = (".jsonl", ".ndjson")
TEXT = (".txt", ".lst", ".list")
SUFFIXES = (*DELIMITERS, *JSON_LINES, *TEXT)


class EntryError(ValueError):
    """An entry that cannot be read; says why."""


def photos(file: BinaryIO, title: str, base: str) -> Iterator[str]:
    """Yields the names of the photos that a manifest lists.

    Args:
        file: the open manifest.
        title: its name, whose suffix tells its format; an unknown suffix stands for text.
        base: what relative entries start from, a folder or an address.

    Raises:
        RunError: it cannot be read.
    """
    number = 0
    try:
        with io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="") as text:
            for number, entry in enumerate(_entries(text, PurePosixPath(title).suffix.lower()), 1):  # noqa: B007 - for the message
                if entry:
                    yield _name(entry, base)
    except EntryError as error:
        raise RunError(f"Entry {number} of {title} cannot be used: {error}.") from None
    except (csv.Error, msgspec.MsgspecError, UnicodeError):
        raise RunError(f"{title} is not what its suffix says after entry {number}: mend or rename it.") from None
    except OSError as error:
        raise RunError(f"{title} cannot be read: {error.strerror or type(error).__name__}.") from None


def _entries(text: TextIO, suffix: str) -> Iterator[str]:
    """Yields what a manifest lists; an empty text for what names no photo."""
    if suffix in DELIMITERS:
        return _cells(csv.reader(text, delimiter=DELIMITERS[suffix], strict=True))
    if suffix in JSON_LINES:
        return map(_member, text)
    return (line.rstrip("\r\n") for line in text)


def _cells(rows: Iterator[list[str]]) -> Iterator[str]:
    """Yields the cells of the column that holds photos: the one with a known title, or else the first of all rows."""
    first = next(rows, [])
    titles = [cell.strip().lower() for cell in first]
    column = next((titles.index(title) for title in COLUMNS if title in titles), -1)
    if column < 0:
        yield first[0] if first else ""
    for row in rows:
        yield row[max(column, 0)] if len(row) > max(column, 0) else ""


def _member(line: str) -> str:
    """The photo that a line of JSON names: a text, or the member of an object with a known name."""
    if not line.strip():
        return ""
    value = msgspec.json.decode(line.encode("utf-8", "surrogateescape"))
    if isinstance(value, dict):
        value = next((value[name] for name in COLUMNS if name in value), None)
    return value if isinstance(value, str) else ""


def _name(entry: str, base: str) -> str:
    """The name of an entry's photo.

    Raises:
        EntryError: it is too long for a name.
    """
    if len(entry) > MAX_NAME:
        raise EntryError(f"it has more than {MAX_NAME} characters")
    if is_address(entry):
        path = path_of(entry)
        return entry if path is None else name_of(path)
    return f"{base}/{entry}" if is_address(base) else name_of(Path(base) / entry)
