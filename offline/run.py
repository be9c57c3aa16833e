"""A run, from the photos of a source to a file of results."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from offline import results
from offline.errors import RunError
from offline.names import name_of
from offline.progress import Progress
from offline.rows import Outcome
from offline.seen import Seen
from offline.sources import Source


class Processes(Protocol):
    """The interface of a pool."""

    def process(self, names: Iterable[str]) -> Iterator[list[Outcome]]:
        """Yields the photos' outcomes, as soon as they are known."""

    def close(self) -> None:
        """Ends its processes."""


@dataclass(frozen=True, slots=True)
class Job:
    """The description of a run.

    Attributes:
        source: the photos.
        out: the file of results; absolute.
        header: the inputs of the results besides the photos, as JSON.
        retry: True to try failed photos again.
    """

    source: Source
    out: Path
    header: bytes
    retry: bool = False


def run(job: Job, start: Callable[[], Processes], progress: Progress) -> None:
    """Detects in every photo of a source that has no row yet, and adds its row.

    Args:
        job: the run.
        start: starts a pool.
        progress: counts the photos.

    Raises:
        RunError: there is no photo, the file cannot be used or written, or no process can start.
    """
    photos = _without(job.source, job.out)
    total = sum(1 for _ in photos())
    if not total:
        raise RunError(
            "There is no photo there. A folder's photos are known by suffixes; patterns and lists take any file."
        )
    with closing(results.open_results(job.out, job.header)) as file:
        if job.retry:
            file.drop_failures()
        seen = Seen(progress.resume(file.entries()))
        rest = (name for name in photos() if not seen.cross_off(name))
        first = next(rest, None)
        if first is not None:
            progress.begin(total)
            with closing(progress), closing(start()) as processes:
                for outcomes in processes.process(itertools.chain([first], rest)):
                    file.append([outcome.row for outcome in outcomes])
                    progress.add(outcomes)
        file.finish()


def _without(source: Source, out: Path) -> Source:
    """A source without the files that the run itself writes, which a pattern may match."""
    written = {name_of(path) for path in (out, *results.beside(out))}
    return lambda: (name for name in source() if name not in written)
