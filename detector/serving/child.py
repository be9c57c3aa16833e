"""A child process for trials."""

import faulthandler
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from detector.serving import trial_child

PACKAGES = Path(__file__).parents[2]  # the folder that a fresh interpreter imports the detector from


class Child:
    """A process that runs trial_child.main, in a session of its own.

    It is a copy of this process where this one has a single thread, as it has when a service starts: a fresh
    interpreter would spend half a second on imports. Where there are other threads, whose locks a copy would never see
    released, it is a fresh one.
    """

    def __init__(self, ours: Connection, theirs: Connection) -> None:
        """Start it.

        Args:
            ours: this process's end of a pipe, which a copy closes.
            theirs: the child's end.
        """
        self._process = _copy(ours, theirs) if threading.active_count() == 1 else _fresh(theirs)

    def kill(self) -> int:
        """End it, if it has not ended by itself.

        Returns:
            The number of the signal that ended it; 0 if none did, or if that is not known.
        """
        return self._wait(signal.SIGKILL)

    def wait(self) -> int:
        """Wait until it has ended by itself; see kill."""
        return self._wait(None)

    def _wait(self, first: signal.Signals | None) -> int:
        try:
            if first is not None:
                os.kill(self._process, first)
            _, status = os.waitpid(self._process, 0)
        except (ChildProcessError, ProcessLookupError):  # a server that waits for all its children has seen it end
            return 0
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _copy(ours: Connection, theirs: Connection) -> int:
    """The process id of a copy of this process."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        ours.close()
        faulthandler.disable()  # the service says in a sentence what a file did
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):  # which a server may handle
            signal.signal(number, signal.SIG_DFL)
        trial_child.main(theirs)
        code = 0
    finally:
        os._exit(code)  # without what this process does when it ends


def _fresh(theirs: Connection) -> int:
    """The process id of a fresh interpreter."""
    path = os.pathsep.join(filter(None, [str(PACKAGES), os.environ.get("PYTHONPATH", "")]))
    os.set_inheritable(theirs.fileno(), True)
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", trial_child.__name__, str(theirs.fileno())],
        os.environ | {"PYTHONPATH": path},
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
    )
