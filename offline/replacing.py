"""Writes files of results so that a crash or a power cut leaves a whole one, and reports what keeps them from it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from offline.errors import RunError

NEW = ".tmp"  # follows the name of a file that is to take the place of another


@contextmanager
def report_errors(path: Path) -> Iterator[None]:
    """Turns errors of the system, as a file is written, into a RunError."""
    try:
        yield
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror or 'see above'}.") from None


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """Opens a new file, which takes the place of another once it is complete and on disk.

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
