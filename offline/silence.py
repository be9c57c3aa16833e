"""Silences native code, such as LiteRT, which writes a line into each process's standard error as it builds a model."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

STDERR = 2  # the descriptor, to which native code writes


@contextmanager
def native_code_silenced() -> Iterator[None]:
    """Drops what native code writes to standard error; what Python writes there is kept."""
    if sys.stderr is None:  # closed: the descriptor may be another file's
        yield
        return
    sys.stderr.flush()
    with (
        os.fdopen(os.dup(STDERR), "w", buffering=1, errors="backslashreplace") as kept,
        Path(os.devnull).open("wb") as nothing,
        redirect_stderr(kept),
    ):
        os.dup2(nothing.fileno(), STDERR)
        try:
            yield
        finally:
            os.dup2(kept.fileno(), STDERR)
