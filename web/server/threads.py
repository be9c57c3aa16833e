"""Checks that the service can start its threads. Imports no library: some start threads when they are imported."""

import functools
import os
import threading

from web.server.machine import MachineError

MIN_THREADS = 8
THREADS_PER_CPU = 3  # of jobs, of their libraries, and others
STACK_BYTES = 1 << 18


@functools.cache  # because gunicorn reads its settings again on SIGHUP, with threads of its own
def check_threads(cpus: int) -> None:
    """Starts as many threads as the service needs, in a process of their own, so that they leave no memory behind.

    Args:
        cpus: those that the service may use.

    Raises:
        MachineError: the user or the container may not have as many.
    """
    wanted = MIN_THREADS + THREADS_PER_CPU * cpus
    try:
        child = os.fork()
    except OSError:
        child = -1
    if child == 0:
        os._exit(0 if can_start(wanted) else 1)
    if child < 0 or os.waitpid(child, 0)[1]:
        raise MachineError(
            f"The service needs {wanted} threads, and may not start them: raise ulimit -u, or the container's limit."
        )


def can_start(count: int) -> bool:
    """True if threads can be started, all at once."""
    done = threading.Event()
    threading.stack_size(STACK_BYTES)  # so that a limit on memory does not matter here
    try:
        for _ in range(count):
            threading.Thread(target=done.wait, daemon=True).start()
    except RuntimeError:
        return False
    return True
