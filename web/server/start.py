"""Makes a process fit to start the service. Imports no library: signals may come while those are imported."""

import os
import signal
import sys
from typing import Any


def prepare() -> None:
    """Sets up signals and standard streams; call it first."""
    end_quietly_on_signals()
    open_standard_streams()
    limit_digits()


def end_quietly_on_signals() -> None:
    """Sets what signals do until gunicorn handles them, which is once the models are loaded.

    SIGTERM and SIGINT end the process. By default, a container's first process would ignore the one, and the other
    would print a traceback. SIGHUP, by which gunicorn reads everything again, does nothing: everything is being read.
    """
    defaults: dict[signal.Signals, tuple[Any, Any]] = {
        signal.SIGTERM: (signal.SIG_DFL, _leave),
        signal.SIGINT: (signal.default_int_handler, _leave),
        signal.SIGHUP: (signal.SIG_DFL, signal.SIG_IGN),
    }
    for number, (default, wanted) in defaults.items():
        if signal.getsignal(number) == default:  # on SIGHUP, gunicorn reads its configuration again
            signal.signal(number, wanted)


def _leave(*_: object) -> None:
    """Ends the process at once: an exception could be swallowed by a library, or crash one that is half imported."""
    os._exit(0)


def open_standard_streams() -> None:
    """Opens /dev/null in place of each standard stream that is closed.

    Otherwise, the first files and sockets would get their numbers, and be taken for them.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if not is_open(descriptor):
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
            setattr(sys, name, os.fdopen(descriptor, "w" if descriptor else "r", closefd=False))


def is_open(descriptor: int) -> bool:
    """True if a descriptor is in use."""
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def limit_digits() -> None:
    """Refuses integers of more than 640 digits, Python's lowest limit, wherever a text is converted.

    The time grows with the square of the digits: 2,000 numbers of 4,000 digits, which fit into one body, take 0.14 s,
    in which nothing else runs.
    """
    if hasattr(sys, "set_int_max_str_digits"):  # since Python 3.10.7
        sys.set_int_max_str_digits(sys.int_info.str_digits_check_threshold)
