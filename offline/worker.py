"""A process that looks at photos for the pool."""

import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

from offline.looking import Looker, Photo, Task
from offline.names import is_address
from process import keep_freed

READERS = 16  # photos that are read from a store at a time, since each takes a while

Lot = list[tuple[str, Photo]]


def work(connection: Connection, task: Task) -> None:
    """Look at lots of photos until the connection ends.

    An empty answer says that the process is ready. Then it takes names and answers each lot with the seconds that it
    took and the outcomes. The next lot is read while one is looked at.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all processes; the first one ends the others
    keep_freed()
    looker = Looker(task)
    with ThreadPoolExecutor(1) as receiver, ThreadPoolExecutor(READERS) as readers:

        def receive() -> Lot:
            names: Sequence[str] = connection.recv()
            at_once = readers.map if any(map(is_address, names)) else map
            return list(zip(names, at_once(looker.read, names), strict=True))

        try:
            connection.send((0.0, []))
            lot = receiver.submit(receive)
            while True:
                photos = lot.result()
                lot = receiver.submit(receive)
                started = time.monotonic()
                outcomes = [looker.look(name, photo) for name, photo in photos]
                connection.send((time.monotonic() - started, outcomes))
        except (EOFError, OSError):  # the pool has ended
            return
