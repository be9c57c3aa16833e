"""Replaces files of results atomically, even in a power cut, and reports errors of the system."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from offline.errors import RunError

NEW = ".tmp"  # the suffix of a file that will replace another


@contextmanager
def report_errors(path: Path) -> Iterator[None]:
    """Turns the system's errors while a file is written into a RunError."""
    try:
        yield
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror or 'see above'}.") from None


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """Opens a new file, which replaces another once it is complete and on disk.

    Raises:
        RunError: it cannot be written.
    """
    new = path.with_name(f"{path.name}{NEW}")
    with report_errors(path):
        with new.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
