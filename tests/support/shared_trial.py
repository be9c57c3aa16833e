"""A trial for a whole test run: each new one would start Python, and try the same files again."""

import functools

from detector.serving.entries import Entry
from detector.serving.folder import Stamp, stamp
from detector.serving.trial import Prepared, Trial
from detector.tflite import Runtime


class SharedTrial(Trial):
    """Takes the place of Trial in detector/serving/folder.py; its child goes on after a folder has been read."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime)
        self._kept = functools.lru_cache(maxsize=8)(self._tried)

    def prepare(self, entry: Entry) -> Prepared:
        """Has the child run a model, unless it has just done so and nothing has changed."""
        return self._kept(entry, stamp(entry))

    def _tried(self, entry: Entry, _: Stamp) -> Prepared:
        return super().prepare(entry)
