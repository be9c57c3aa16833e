"""Tries model files in a child process, so that a file that ends the process that runs it never ends the service."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from detector.errors import UnusableModel
from detector.families import Family
from detector.files import ModelFile
from detector.serving.entries import Entry
from detector.tflite import Runtime

CHILD = "detector.serving.trial_child"
PACKAGES = Path(__file__).parents[2]  # the folder that the child imports the detector from
SECONDS = 60.0  # for one file

Prepared = tuple[ModelFile, Family]


class Trial:
    """A child process that reads, prepares and runs model files, one after the other.

    The child hands over what it has run, so that the bytes that are served are the bytes that were tried. It is started
    when first needed, and again after a file has ended it. Close it afterwards.
    """

    def __init__(self, runtime: Runtime, seconds: float = SECONDS) -> None:
        """A trial without a child yet.

        Args:
            runtime: runs the models.
            seconds: time for one file.
        """
        self._runtime = runtime
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._connection: Connection
        self._used = False

    def close(self) -> None:
        """End the child, whatever it is doing."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._connection.close()
            self._child = None

    def prepare(self, entry: Entry) -> Prepared:
        """The facts about a model file and its family, once the child has run the model.

        Args:
            entry: a model in a folder.

        Raises:
            UnusableModel: the file cannot serve; the message names it and says why and what to do.
        """
        if self._used and self._child is not None:
            try:
                return self._prepare(entry)
            except EOFError:  # perhaps for what a file before has spoiled: only a fresh child can tell
                self.close()
        try:
            return self._prepare(entry)
        except EOFError:
            raise UnusableModel(
                f"{entry.title} ends the process that runs it{self._cause()}: "
                "it is damaged, or needs more memory than there is. Get or export the file again."
            ) from None

    def _prepare(self, entry: Entry) -> Prepared:
        """Have the child prepare a file.

        Raises:
            EOFError: the child has ended.
        """
        if self._child is None:
            self._start()
        try:
            self._connection.send(replace(entry, path=entry.path.absolute()))
            if not self._connection.poll(self._seconds):
                self.close()
                raise UnusableModel(
                    f"{entry.title} could not be tried within {self._seconds:g} s: "
                    "it is damaged, or too large for this machine."
                )
            answer: Prepared | UnusableModel = self._connection.recv()
        except OSError as error:  # the pipe is broken
            raise EOFError from error
        self._used = True
        if isinstance(answer, UnusableModel):
            raise answer
        return answer

    def _start(self) -> None:
        """Start a child, in a session of its own: signals of a terminal are not for it."""
        self._connection, theirs = Pipe()
        paths = [str(PACKAGES), os.environ.get("PYTHONPATH", "")]
        with theirs:
            self._child = subprocess.Popen(  # noqa: S603 - this interpreter runs a module of ours
                [sys.executable, "-m", CHILD, str(theirs.fileno())],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._used = False
        self._connection.send((self._runtime.name, self._runtime.threads))

    def _cause(self) -> str:
        """The signal that ended the child, in parentheses; empty where there was none."""
        code = self._child.wait() if self._child is not None else 0
        self.close()
        return f" ({signal.Signals(-code).name})" if code < 0 else ""
