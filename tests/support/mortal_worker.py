"""A worker of offline's pool that ends when it processes a photo called killer.jpg."""

import os
import signal
from multiprocessing.connection import Connection
from unittest import mock

from offline import worker
from offline.processing import Photo, Processor, Task
from offline.rows import Outcome


class MortalProcessor(Processor):
    """Ends its process when it processes such a photo."""

    def process(self, name: str, photo: Photo) -> Outcome:
        """See Processor."""
        if name.endswith("killer.jpg"):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().process(name, photo)


def work(connection: Connection, task: Task) -> None:
    """See offline.worker."""
    with mock.patch.object(worker, "Processor", MortalProcessor):
        worker.work(connection, task)


def end_at_once(_connection: Connection, _task: Task) -> None:
    """A worker that never becomes ready."""
