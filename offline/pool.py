"""Processes that detect in photos, one per core."""

import multiprocessing
from collections.abc import Iterable, Iterator
from multiprocessing.connection import wait

from offline.backlog import Backlog
from offline.handle import Outcomes, WorkerHandle
from offline.processing import Task
from offline.rows import Outcome

AHEAD = 4096  # photos that may be done before one that precedes them


class Pool:
    """Processes that detect in photos.

    If one crashes, another replaces it, and its photos are tried again, each alone. A photo that crashes several
    processes fails; the others go on.
    """

    def __init__(self, task: Task, size: int) -> None:
        """Starts the processes."""
        context = multiprocessing.get_context("forkserver")  # its processes inherit neither files nor threads
        context.set_forkserver_preload(["offline.worker"])
        self._workers = [WorkerHandle(context, task) for _ in range(size)]

    def process(self, names: Iterable[str]) -> Iterator[list[Outcome]]:
        """Yields the photos' outcomes, in order, as soon as they are known.

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
        """Ends the processes, whatever they are doing."""
        for worker in self._workers:
            worker.end()
