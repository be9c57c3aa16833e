"""Processes that look at photos, one for each core."""

import multiprocessing
from collections.abc import Iterable, Iterator
from multiprocessing.connection import wait

from offline.backlog import Backlog
from offline.handle import Outcomes, WorkerHandle
from offline.looking import Task
from offline.rows import Outcome

AHEAD = 4096  # photos that may be looked at before one that precedes them


class Pool:
    """Processes that look at photos.

    If one ends by itself, another takes its place, and its photos are looked at again, each alone. A photo whose
    process ends time and again is the cause: it fails, and the others go on.
    """

    def __init__(self, task: Task, size: int) -> None:
        """Start the processes."""
        context = multiprocessing.get_context("forkserver")  # whose processes inherit neither files nor threads
        context.set_forkserver_preload(["offline.worker"])
        self._workers = [WorkerHandle(context, task) for _ in range(size)]

    def look(self, names: Iterable[str]) -> Iterator[list[Outcome]]:
        """Yields what becomes of the photos, in order, as soon as it is known.

        Raises:
            RunError: the processes cannot start.
        """
        backlog = Backlog(names)
        done: Outcomes = {}
        first = 0  # of those that have not been yielded
        while True:
            for worker in self._workers:
                worker.feed(backlog, first + AHEAD)
            busy = {worker.connection: worker for worker in self._workers if worker.lots}
            if not busy:
                return
            for connection in wait(list(busy)):
                done.update(busy[connection].outcomes(backlog))  # type: ignore[index]  # wait returns what it is given
            known = []
            while first in done:
                known.append(done.pop(first))
                first += 1
            yield known

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        for worker in self._workers:
            worker.end()
