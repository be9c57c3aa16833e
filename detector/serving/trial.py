"""Tries model files in a child process, so that a file that crashes its process never crashes the service."""

import signal
from dataclasses import replace
from multiprocessing.connection import Connection, Pipe

from detector.errors import UnusableModel
from detector.families import Family
from detector.files import ModelFile
from detector.serving.child import Child
from detector.serving.entries import Entry
from detector.tflite import Runtime

SECONDS = 60.0  # of CPU time, for one file
STALLED_SECONDS = 60.0  # without any CPU time, after which a child counts as blocked; a busy machine leaves it some

Prepared = tuple[ModelFile, Family]


class Trial:
    """A child process that reads, prepares and runs model files, one after the other.

    The child returns the model that it has run, so that the bytes served are the bytes tried. It starts when first
    needed, and again after a file has crashed it. Close it afterwards.
    """

    def __init__(self, runtime: Runtime, seconds: float = SECONDS) -> None:
        """Starts no child yet.

        Args:
            runtime: runs the models.
            seconds: maximum CPU time per file.
        """
        self._runtime = runtime
        self._seconds = seconds
        self._child: Child | None = None
        self._connection: Connection
        self._used = False

    def close(self) -> None:
        """Ends the child, whatever it is doing."""
        if self._child is not None:
            self._child.kill()
            self._forget()

    def prepare(self, entry: Entry) -> Prepared:
        """Has the child run a model, and returns the facts about its file and its family.

        Args:
            entry: a model in a folder.

        Raises:
            UnusableModel: the file cannot be served; the message names it and says why and what to do.
        """
        was_used = self._used and self._child is not None
        try:
            return self._prepare(entry)
        except EOFError:
            ended_by = self._ended_by()
        if ended_by == signal.SIGXCPU:
            raise self._too_slow(entry)
        if was_used:  # perhaps an earlier file spoiled the child: try again in a fresh one
            return self.prepare(entry)
        cause = f" ({signal.Signals(ended_by).name})" if ended_by else ""
        raise UnusableModel(
            f"{entry.title} ends the process that runs it{cause}: "
            "it is damaged, or needs more memory than there is. Get or export the file again."
        )

    def _prepare(self, entry: Entry) -> Prepared:
        """Has the child prepare a file.

        Raises:
            EOFError: the child has ended.
        """
        child = self._child or self._start()
        try:
            self._connection.send(replace(entry, path=entry.path.absolute()))
            self._wait(child, entry)
            answer: Prepared | UnusableModel = self._connection.recv()
        except OSError as error:  # the pipe is broken
            raise EOFError from error
        self._used = True
        if isinstance(answer, UnusableModel):
            raise answer
        return answer

    def _wait(self, child: Child, entry: Entry) -> None:
        """Waits until the child has answered or ended.

        Raises:
            UnusableModel: it is blocked.
        """
        used = -1.0
        while not self._connection.poll(STALLED_SECONDS):
            before, used = used, child.cpu_seconds()
            if used == before:
                self.close()
                raise self._too_slow(entry)

    def _start(self) -> Child:
        """Starts a child."""
        self._connection, theirs = Pipe()
        with theirs:
            child = self._child = Child(self._connection, theirs)
        self._used = False
        self._connection.send((self._runtime.name, self._runtime.threads, self._seconds))
        return child

    def _forget(self) -> None:
        """Drops the connection to a child that has ended."""
        self._connection.close()
        self._child = None

    def _ended_by(self) -> int:
        """The number of the signal that ended the child; 0 if there was none, or if it is unknown."""
        number = self._child.wait() if self._child is not None else 0
        self._forget()
        return number

    def _too_slow(self, entry: Entry) -> UnusableModel:
        """The refusal of a file that took too long."""
        return UnusableModel(
            f"{entry.title} could not be tried within {self._seconds:g} s: "
            "it is damaged, or too large for this machine."
        )
