"""Shows the progress of a run, and a summary at its end."""

import sys
from collections.abc import Iterable, Iterator, Sequence

from tqdm import tqdm

from offline.journal import Entry
from offline.rows import Outcome

LISTED = 10  # failures that the summary shows
LOG_SECONDS = 30.0  # between two lines, if no terminal shows a bar

tqdm.monitor_interval = 0  # starts no monitoring thread


class Progress:
    """Counts outcomes, and shows a bar with the average rate of the run and the remaining time.

    Attributes:
        earlier: photos that have rows already.
        processed: photos of this run.
        found: objects in the photos of this run.
        failures: photos without detections, of all runs.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        """Counts from 0.

        Args:
            quiet: True to show no bar.
        """
        self.earlier = 0
        self.processed = 0
        self.found = 0
        self.failures = 0
        self._listed: list[str] = []
        self._quiet = quiet
        self._bar: tqdm | None = None

    def resume(self, entries: Iterable[Entry]) -> Iterator[str]:
        """Counts rows of earlier runs, and yields their photos."""
        for entry in entries:
            self.earlier += 1
            if entry.error is not None:
                self._fail(entry.photo, entry.error.detail)
            yield entry.photo

    def begin(self, total: int) -> None:
        """Shows the bar, before the first photo of this run; `total` is the source's number of photos."""
        is_terminal = sys.stderr.isatty()
        self._bar = tqdm(
            total=total,
            initial=self.earlier,
            unit="photo",
            disable=self._quiet,
            dynamic_ncols=is_terminal,
            mininterval=0.5 if is_terminal else LOG_SECONDS,
            maxinterval=LOG_SECONDS,
            smoothing=0,  # the average: outcomes come in lots, so that the latest rate is chance
        )

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Counts photos of this run."""
        for outcome in outcomes:
            self.processed += 1
            self.found += outcome.found
            if outcome.error:
                self._fail(outcome.photo, outcome.error)
        if self._bar is not None:
            self._bar.update(len(outcomes))

    def close(self) -> None:
        """Leaves the bar as it is."""
        if self._bar is not None:
            self._bar.close()

    def summary(self) -> str:
        """A summary of all photos, with the first failures by name."""
        photos = "1 photo" if self.processed == 1 else f"{self.processed:,} photos"
        objects = "1 object" if self.found == 1 else f"{self.found:,} objects"
        lines = [f"Processed {photos}, found {objects}."]
        if self.earlier:
            lines[0] += f" {self.earlier:,} had a row already."
        if self.failures:
            lines += [f"{self.failures:,} failed:", *self._listed]
        if self.failures > len(self._listed):
            lines.append(f"  and {self.failures - len(self._listed):,} more: see the rows that have an error")
        return "\n".join(lines)

    def _fail(self, photo: str, reason: str) -> None:
        self.failures += 1
        if len(self._listed) < LISTED:
            self._listed.append(f"  {photo!r}: {reason}")
