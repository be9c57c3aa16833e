"""Checks the machine at start-up, so that the service stops with a clear sentence if something is missing."""

import errno
import functools
import os
import resource
import socket

MIN_DESCRIPTORS = 48
MIN_MEMORY = {  # bytes of a process, by limit, with its letter for ulimit
    resource.RLIMIT_AS: (1 << 30, "v"),
    resource.RLIMIT_DATA: (1 << 29, "d"),
}

REASONS = {
    errno.EADDRINUSE: "is taken by another program: stop that, or set PORT.",
    errno.EACCES: "is not open to the service's user: set PORT to 1024 or more.",
    errno.EADDRNOTAVAIL: "is not an address of this machine: set HOST.",
}


class MachineError(RuntimeError):
    """The machine lacks something that the service needs; the message says what to change."""


def check(host: str, port: int) -> None:
    """Checks the limits, and the address to listen at.

    Raises:
        MachineError: something is missing.
    """
    check_limits()
    if "GUNICORN_FD" not in os.environ:  # else it inherits another gunicorn's socket
        check_address(host, port)


def check_limits() -> None:
    """Checks what this process may use.

    Raises:
        MachineError: it is too little.
    """
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors != resource.RLIM_INFINITY and descriptors < MIN_DESCRIPTORS:
        raise MachineError(f"A process may open {descriptors} files, and needs {MIN_DESCRIPTORS}: raise ulimit -n.")
    for limit, (needed, letter) in MIN_MEMORY.items():
        size, _ = resource.getrlimit(limit)
        if size != resource.RLIM_INFINITY and size < needed:
            raise MachineError(
                f"A process may have {size >> 20} MiB, and needs {needed >> 20} MiB: raise ulimit -{letter}."
            )


@functools.cache  # because gunicorn reads its settings again on SIGHUP, while it listens itself
def check_address(host: str, port: int) -> None:
    """Checks that the service can listen at an address.

    Raises:
        MachineError: it cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
            tried.listen()
    except OSError as error:
        reason = REASONS.get(error.errno or 0, "cannot be used: set HOST and PORT.")
        raise MachineError(f"Port {port} at {host} {reason}") from None
