"""A child process for trials."""

import ctypes
import faulthandler
import os
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from detector.serving import trial_child

PACKAGES = Path(__file__).parents[2]  # a fresh interpreter imports the detector from here
# Not `-m`: Python would warn that the module, which its package imports, is run for the second time.
PROGRAM = (
    f"import sys; from multiprocessing.connection import Connection; from {trial_child.__name__} import main; "
    "main(Connection(int(sys.argv[1])))"
)


class Child:
    """A process that runs trial_child.main, in a session of its own.

    If this process has a single thread, as when a service starts, the child is a fork of it: a fresh interpreter would
    spend half a second on imports. With several threads, it is a fresh interpreter, because a fork would never see the
    other threads' locks released.
    """

    def __init__(self, ours: Connection, theirs: Connection) -> None:
        """Starts the child.

        Args:
            ours: this process's end of a pipe, which a fork closes.
            theirs: the child's end.
        """
        self._process = _copy(ours, theirs) if _is_single_threaded() else _fresh(theirs)

    def cpu_seconds(self) -> float:
        """The CPU time that the child has used; 0 where the system does not say."""
        if not sys.platform.startswith("linux"):
            return 0.0
        clock = ctypes.c_int()
        try:
            failed = ctypes.CDLL(None).clock_getcpuclockid(self._process, ctypes.byref(clock))
            return 0.0 if failed else time.clock_gettime(clock.value)
        except OSError:  # it has just ended
            return 0.0

    def kill(self) -> int:
        """Ends the child, if it has not ended by itself.

        Returns:
            The number of the signal that ended it; 0 if there was none, or if it is unknown.
        """
        return self._wait(signal.SIGKILL)

    def wait(self) -> int:
        """Waits until the child has ended by itself; see kill."""
        return self._wait(None)

    def _wait(self, first: signal.Signals | None) -> int:
        try:
            if first is not None:
                os.kill(self._process, first)
            _, status = os.waitpid(self._process, 0)
        except (ChildProcessError, ProcessLookupError):  # a server that waits for all its children has reaped it
            return 0
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _is_single_threaded() -> bool:
    """True if no other thread runs Python; threading does not count those that it has not started."""
    return len(sys._current_frames()) == 1  # noqa: SLF001 - documented, despite its name


def _copy(ours: Connection, theirs: Connection) -> int:
    """Forks this process and returns the child's id."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        ours.close()
        faulthandler.disable()  # the service reports the crash in a sentence
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):  # which a server may handle
            signal.signal(number, signal.SIG_DFL)
        trial_child.main(theirs)
        code = 0
    finally:
        os._exit(code)  # skips the parent's exit handlers


def _fresh(theirs: Connection) -> int:
    """Starts a fresh interpreter and returns its process id."""
    path = os.pathsep.join(filter(None, [str(PACKAGES), os.environ.get("PYTHONPATH", "")]))
    os.set_inheritable(theirs.fileno(), True)
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", PROGRAM, str(theirs.fileno())],
        os.environ | {"PYTHONPATH": path},
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
    )
