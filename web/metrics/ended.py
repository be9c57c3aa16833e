"""Keeps the counts of workers that have ended in one file for all, so that neither the folder nor a reading grows."""

import fcntl
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import mark_process_dead

from web.metrics.reserved import INITIAL_BYTES, reserve

LOCK = "lock"
KINDS = ("counter", "histogram")  # whose values are added up; a worker's gauges end with it
ENTRY_BYTES = 40  # of a count at most, besides its names
ENDED = "ended"  # stands for a process's id in the file's name


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Keeps counts from moving from one file to another while all files are read."""
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def forget_load(process: int) -> None:
    """Removes the gauges of a process that has ended, by its id."""
    mark_process_dead(process)  # type: ignore[no-untyped-call]  # it has no types


def merge_ended(folder: Path, running: Collection[int]) -> None:
    """Adds the counts of processes that have ended to one file, and removes theirs.

    While the counts are being read, or the disk is full, everything stays as it is: a later call makes up for it.

    Args:
        folder: the folder with the counts of all.
        running: the ids of the processes that go on counting.
    """
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        kept = {f"{kind}_{name}.db" for kind in KINDS for name in (ENDED, *running)}
        for kind in KINDS:
            ended = [file for file in folder.glob(f"{kind}_*.db") if file.name not in kept]
            if ended:
                _merge(ended, folder / f"{kind}_{ENDED}.db")


def _merge(files: Collection[Path], into: Path) -> None:
    """Adds the counts in some files to those in another, and removes the files."""
    counts: dict[str, float] = defaultdict(float)
    for file in (*files, into):
        if file.exists():
            for key, value, *_ in MmapedDict.read_all_values_from_file(file):  # type: ignore[no-untyped-call]  # it has no types
                counts[key] += value
    size = INITIAL_BYTES
    while size < sum(len(key.encode()) + ENTRY_BYTES for key in counts):
        size *= 2
    new = into.with_suffix(".new")
    new.unlink(missing_ok=True)
    if not reserve(str(new), size):
        new.unlink(missing_ok=True)
        return
    with closing(MmapedDict(str(new))) as merged:  # type: ignore[no-untyped-call]  # it has no types
        for key, value in counts.items():
            merged.write_value(key, value, 0.0)  # type: ignore[no-untyped-call]
    new.replace(into)
    for file in files:
        file.unlink()
