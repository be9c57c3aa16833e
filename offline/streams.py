"""Keeps closed standard streams, or those whose disk is full, from ending a run."""

import io
import os
import sys

STDIN, STDOUT, STDERR = range(3)


class BestEffort(io.FileIO):
    """A file that drops what cannot be written."""

    def write(self, data: bytes) -> int:  # type: ignore[override]  # of all buffers, TextIOWrapper writes bytes
        """Writes bytes; see io.FileIO."""
        try:
            return super().write(data)
        except OSError:
            return len(data)


def make_harmless() -> None:
    """Opens /dev/null for closed standard streams, here and in child processes; drops what cannot be written.

    Otherwise the next file that is opened, such as the results, would get a closed stream's descriptor, and its
    messages.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= STDERR:  # the lowest free descriptor
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    sys.stdin = sys.stdin or os.fdopen(STDIN, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(STDOUT, "w", closefd=False)
    raw = BestEffort(STDERR, "wb", closefd=False)
    sys.stderr = io.TextIOWrapper(raw, errors="backslashreplace", write_through=True)
