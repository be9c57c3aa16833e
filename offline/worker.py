"""A process of the pool, which detects in photos."""

import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

from offline.names import is_address
from offline.processing import Photo, Processor, Task
from offline.silence import native_code_silenced
from process import keep_freed

READERS = 16  # photos that are read from a store at a time, since each takes a while

Lot = list[tuple[str, Photo]]


def work(connection: Connection, task: Task) -> None:
    """Processes photos, lot by lot, until the connection ends.

    An empty answer says that the process is ready. Then it answers each lot of names with its seconds and its outcomes.
    It reads the next lot while it processes one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all processes; the first one ends the others
    keep_freed()
    with native_code_silenced():
        processor = Processor(task)
    with ThreadPoolExecutor(1) as receiver, ThreadPoolExecutor(READERS) as readers:

        def receive() -> Lot:
            names: Sequence[str] = connection.recv()
            at_once = readers.map if any(map(is_address, names)) else map
            return list(zip(names, at_once(processor.read, names), strict=True))

        try:
            connection.send((0.0, []))
            lot = receiver.submit(receive)
            while True:
                photos = lot.result()
                lot = receiver.submit(receive)
                started = time.monotonic()
                outcomes = [processor.process(name, photo) for name, photo in photos]
                connection.send((time.monotonic() - started, outcomes))
        except (EOFError, OSError):  # the pool has ended
            return
