"""The models' folder, read at start-up and again whenever its files change."""

import itertools
import logging
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path

from detector.errors import UnusableModel
from detector.files import Beside, find_overlooked
from detector.serving.entries import Entry, entries
from detector.serving.model import Model
from detector.serving.registry import Registry
from detector.serving.trial import Trial
from detector.tflite import Runtime

# For a model's file and each file beside it that describes it: its name, and time of change in ns, bytes, inode. Also
# the model's twin, if it has one.
Stamp = tuple[tuple[str, tuple[int, int, int] | None], ...]

UNREAD: Stamp = ()

# A refused file that has not changed for this long is not being written; otherwise two looks tell.
WRITING_SECONDS = 10.0
WRITING_LOOK_SECONDS = 0.5
MAX_WRITING_SECONDS = 60.0  # for which a start waits for files that are being written
MAX_OVERLOOKED = 3  # entries that a message names if a folder has no model

logger = logging.getLogger(__name__)


class ModelFolder:
    """A folder of models, each a .tflite file, with its labels and its sidecar beside it.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: Path, runtime: Runtime, default: str = "", *, skip_unusable: bool = False) -> None:
        """Reads nothing yet.

        Args:
            path: the folder.
            runtime: the runtime for the models.
            default: the name of the default model; empty for the first by name.
            skip_unusable: True to skip unusable files, other than the default, as long as one is usable.
        """
        self.path = path
        self._runtime = runtime
        self._default = default
        self._skip_unusable = skip_unusable
        self._loaded: dict[Path, tuple[Stamp, Model | None]] = {}  # None if the file was refused
        self._read: dict[Path, Stamp] = {}
        self._seen: dict[Path, Stamp] = {}
        self._unsettled: set[Path] = set()  # files that are being written, which are not read yet
        self._deadline = 0.0
        self._skipped: set[Path] = set()  # models that cannot be served as their files are now

    def read(self, *, again: bool = False) -> Registry:
        """Loads the models whose files are new or changed; returns all, the default first and the others by name.

        Args:
            again: True if the models are served already. An unusable file is then skipped: a new one is left out, and
                the model that it would replace stays in service.

        Raises:
            UnusableModel: the folder, a model in it or the default is missing; or files are unusable and not skipped,
                all of which are named.
        """
        self._deadline = time.monotonic() + MAX_WRITING_SECONDS
        self._read = {path: UNREAD if path in self._unsettled else each for path, each in self._stamps().items()}
        entries = self._entries()
        if not entries:
            advice = f"There is no model in {self.path}: put a .tflite file and its labels there."
            raise UnusableModel(" ".join([advice, *itertools.islice(find_overlooked(self.path), MAX_OVERLOOKED)]))
        if self._default and entries[0].name != self._default:
            raise UnusableModel(
                f"There is no {self._default}.tflite in {self.path}: put it there, or choose another default."
            )
        with closing(Trial(self._runtime)) as trial:
            outcomes = {entry.path: self._load(entry, trial, again=again) for entry in entries}
        self._skipped &= outcomes.keys()
        if refusals := [str(each) for each in outcomes.values() if isinstance(each, UnusableModel)]:
            raise UnusableModel(" ".join(refusals))
        self._loaded = {path: each for path, each in outcomes.items() if not isinstance(each, UnusableModel)}
        models = [model for _, model in self._loaded.values() if model is not None]
        if not models:
            raise UnusableModel(f"There is no file in {self.path} that can serve: see what is said of each above.")
        return Registry(models)

    @property
    def skipped(self) -> int:
        """The number of models that cannot be served as their files are now."""
        return len(self._skipped)

    def has_changed(self, *, settled: bool) -> bool:
        """True if the files have changed since they were last read. Costs a few file stats.

        Args:
            settled: True if a file does not count, nor is read, unless it is as at the last call: it may still be being
                written.
        """
        before, self._seen = self._seen, self._stamps()
        changed = _differing(self._seen, self._read)
        self._unsettled = changed & _differing(self._seen, before) if settled else set()
        return changed > self._unsettled

    def _load(self, entry: Entry, trial: Trial, *, again: bool) -> tuple[Stamp, Model | None] | UnusableModel:
        """An entry's stamp and model, loaded only if the stamp has changed; no model if it is skipped.

        Returns:
            The error instead, if an unusable file is not skipped.
        """
        before, model = self._loaded.get(entry.path, (UNREAD, None))
        is_as_before = entry.path in self._unsettled or (before and before == self._read.get(entry.path))
        tried = before if is_as_before else stamp(entry)
        if tried == before:
            return tried, model
        try:
            loaded = self._try(entry, trial)
        except UnusableModel as error:
            if again and stamp(entry) != tried:  # it is being written; the next look sees that
                return tried, model
            if not again and was_being_written(entry, tried, self._deadline):
                return self._load(entry, trial, again=again)
            if not again and (not self._skip_unusable or entry.name == self._default):
                return error
            logger.error("SKIPPED%s: %s", ", and served as it was" if model else "", error)  # noqa: TRY400 - it says all
            self._skipped.add(entry.path)
            return tried, model
        self._skipped.discard(entry.path)
        return tried, loaded

    def _try(self, entry: Entry, trial: Trial) -> Model:
        """Loads an entry's model.

        Raises:
            UnusableModel: it cannot be served.
        """
        entry.check()
        model = Model(*trial.prepare(entry), self._runtime)
        model.build()
        return model

    def _entries(self) -> list[Entry]:
        """The models in the folder, the default first."""
        return sorted(entries(self.path), key=lambda entry: entry.name != self._default)

    def _stamps(self) -> dict[Path, Stamp]:
        """Every model's stamp; if the folder cannot be read, the reason in its place."""
        try:
            return stamps(self._entries())
        except UnusableModel as error:
            return {self.path: ((str(error), None),)}


def _differing(one: Mapping[Path, Stamp], other: Mapping[Path, Stamp]) -> set[Path]:
    """The paths whose stamps differ."""
    return {path for path in one.keys() | other.keys() if one.get(path) != other.get(path)}


def was_being_written(entry: Entry, tried: Stamp, deadline: float) -> bool:
    """True if an entry's files were still being written when they were tried; returns once they are complete.

    Args:
        entry: a refused one.
        tried: its stamp when it was tried.
        deadline: the monotonic time from which it is False in any case.
    """
    newest = max((times[0] for _, times in tried if times), default=0) / 1e9
    if time.time() - newest > WRITING_SECONDS:
        return False
    seen, now = tried, None
    while seen != now and time.monotonic() < deadline:
        seen = stamp(entry)
        time.sleep(WRITING_LOOK_SECONDS)
        now = stamp(entry)
    return now != tried and time.monotonic() < deadline


def stamp(entry: Entry) -> Stamp:
    """A value that changes whenever a model's file, its labels or its sidecar does."""
    return stamps([entry])[entry.path]


def stamps(entries: Iterable[Entry]) -> dict[Path, Stamp]:
    """The stamps of entries, by path. Lists each folder, and looks at each file, once: there may be thousands."""
    beside = cache(Beside)
    file_stamp = cache(_file_stamp)
    found = {}
    for entry in entries:
        others = beside(entry.path.parent).all(*dict.fromkeys((entry.name, entry.path.stem)))
        twin: Stamp = ((entry.twin, None),) if entry.twin else ()
        found[entry.path] = twin + tuple((file.name, file_stamp(file)) for file in (entry.path, *others))
    return found


def _file_stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
