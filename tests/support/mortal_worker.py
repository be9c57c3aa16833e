"""A worker of offline's pool that ends when it processes a photo called killer.jpg."""

import os
import signal
from multiprocessing.connection import Connection
from unittest import mock

from offline import worker
from offline.looking import Looker, Photo, Task
from offline.rows import Outcome


class MortalLooker(Looker):
    """Ends its process when it looks at such a photo."""

    def look(self, name: str, photo: Photo) -> Outcome:
        """See Looker."""
        if name.endswith("killer.jpg"):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().look(name, photo)


def work(connection: Connection, task: Task) -> None:
    """See offline.worker."""
    with mock.patch.object(worker, "Looker", MortalLooker):
        worker.work(connection, task)


def end_at_once(_connection: Connection, _task: Task) -> None:
    """A worker that never becomes ready."""
