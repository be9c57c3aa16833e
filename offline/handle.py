"""Controls one process of the pool from the main process."""

from collections import deque
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext

from offline.backlog import Backlog, Lot
from offline.errors import RunError
from offline.processing import Task, failure
from offline.rows import Outcome
from offline.worker import work
from web.problems.problem import Refusal

LOT_SECONDS = 0.25  # of work in a lot, so that messages cost next to nothing
LOT_PHOTOS = 64
LOTS = 3  # per process: one being processed, one being read, one on its way
FIRST_GUESS = 0.05  # seconds for a photo
STARTS = 3  # in a row that may fail

Outcomes = dict[int, Outcome]  # by the photo's number


class WorkerHandle:
    """A process, or its replacement.

    Attributes:
        connection: to the process.
        lots: the lots that it has, in order.
    """

    connection: Connection

    def __init__(self, context: ForkServerContext, task: Task) -> None:
        """Starts the process."""
        self.lots: deque[Lot] = deque()
        self._context = context
        self._task = task
        self._seconds = FIRST_GUESS  # for a photo
        self._failed_starts = 0
        self._is_ready = False
        self._start()

    def feed(self, backlog: Backlog, limit: int) -> None:
        """Gives the process photos below a number until it has enough."""
        count = max(1, min(int(LOT_SECONDS / self._seconds), LOT_PHOTOS))
        while len(self.lots) < LOTS and (lot := backlog.take(count, limit)):
            self.lots.append(lot)
            try:
                self.connection.send([photo.name for photo in lot])
            except OSError:  # it has ended; whoever waits for its outcomes learns that
                return

    def outcomes(self, backlog: Backlog) -> Outcomes:
        """Receives outcomes of photos; none if the process has become ready, or has ended.

        Args:
            backlog: takes back the photos of a process that has ended.

        Raises:
            RunError: the process ends whenever it is started.
        """
        try:
            seconds, outcomes = self.connection.recv()
        except (EOFError, OSError):
            return self._replace(backlog)
        if not self._is_ready:
            self._is_ready = True
            self._failed_starts = 0
            return {}
        lot = self.lots.popleft()
        self._seconds = max(seconds / len(lot), 1e-6)
        return {photo.number: outcome for photo, outcome in zip(lot, outcomes, strict=True)}

    def end(self) -> None:
        """Ends the process."""
        self.connection.close()
        self._process.terminate()
        self._process.join()

    def _start(self) -> None:
        """Starts a process; this may fail, because it needs the fork server."""
        self._is_ready = False
        while True:
            self.connection, theirs = self._context.Pipe()
            self._process = self._context.Process(target=work, args=(theirs, self._task), daemon=True)
            try:
                with theirs:
                    self._process.start()
            except OSError:
                self.connection.close()
                self._count_failed_start()
            else:
                return

    def _replace(self, backlog: Backlog) -> Outcomes:
        """Replaces a process that has ended."""
        self.end()
        lots = list(self.lots)
        self.lots.clear()
        cause = None
        if self._is_ready:
            cause = backlog.after_end(lots)
        else:
            backlog.put_back(lots)
            self._count_failed_start()
        self._start()
        if cause is None:
            return {}
        refusal = Refusal(500, "The photo crashes its process, or needs more memory than there is.")
        return {cause.number: failure(cause.name, refusal)}

    def _count_failed_start(self) -> None:
        self._failed_starts += 1
        if self._failed_starts == STARTS:
            raise RunError("The processes end as they start: see above, or try fewer.")
