"""The folder in which the workers of one service share their counts."""

import atexit
import fcntl
import functools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus-client
PREFIX = "specsight-metrics-"
MIN_FREE = 16 << 20  # bytes; a worker that writes to a full file system in memory is killed
NEW_SECONDS = 60  # after which a folder without a lock counts as left behind


@functools.cache
def share_folder() -> Path | None:
    """Makes the folder, sets prometheus-client's variable, and removes the folder when this process ends.

    The folder is in memory if possible, so that no disk need be writable. Removes folders of services that were killed.
    A second call, such as after a SIGHUP, changes nothing.

    Returns:
        None if there is no place for it; then each worker counts for itself.
    """
    os.environ.pop(VARIABLE, None)  # another service's
    for place in places():
        remove_left_behind(place)
        with suppress(OSError):
            if shutil.disk_usage(place).free < MIN_FREE:
                continue
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
            fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)  # held, by the workers too, until all have ended
            atexit.register(remove, folder, os.getpid())
            os.environ[VARIABLE] = str(folder)
            return folder
    return None


def places() -> Iterator[Path]:
    """The possible places for the folder, the best first."""
    yield Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder that no one else can use
    with suppress(FileNotFoundError):
        yield Path(tempfile.gettempdir())


def remove_left_behind(place: Path) -> None:
    """Removes the folders of services that ended without doing so."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime < NEW_SECONDS:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(lock)


def remove(folder: Path, owner: int) -> None:
    """Removes a folder, if this is the process that made it, not a child."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
