"""Processes that stand still while a test prepares something for them."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused(*processes: int) -> Iterator[None]:
    """Processes that do nothing within the context: whatever is sent to them waits until it ends."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
