"""The folder that models are put into, read at the start and again whenever its files change."""

import logging
from contextlib import closing
from pathlib import Path

from detector.errors import UnusableModel
from detector.files import Beside
from detector.serving.model import Model
from detector.serving.registry import Registry
from detector.serving.trial import Trial
from detector.tflite import Runtime

# Of a model's file, and of each beside it that tells of it: its name and time of change in ns, bytes, inode.
Stamp = tuple[tuple[str, tuple[int, int, int] | None], ...]

logger = logging.getLogger(__name__)


class ModelFolder:
    """A folder of models, each a .tflite file with its labels and its sidecar beside it.

    Attributes:
        path: the folder.
    """

    def __init__(
        self, path: Path, runtime: Runtime, interpreters: int, default: str = "", *, skip_unusable: bool = False
    ) -> None:
        """A folder that is not read yet.

        Args:
            path: the folder.
            runtime: what is to run the models.
            interpreters: how many may run at once, per model.
            default: the name of the default model; empty for the first by name.
            skip_unusable: whether a file that cannot serve is left out where another can, unless it is the default.
        """
        self.path = path
        self._runtime = runtime
        self._interpreters = interpreters
        self._default = default
        self._skip_unusable = skip_unusable
        self._loaded: dict[Path, tuple[Stamp, Model | None]] = {}  # None where the file was refused
        self._read: dict[Path, Stamp] = {}
        self._seen: dict[Path, Stamp] = {}

    def read(self, *, again: bool = False) -> Registry:
        """The models, the default first and the others by name; those whose files are the same are not loaded again.

        Args:
            again: whether the models are served already. A file that cannot serve is then skipped: one that was added
                is left out, and one that replaced another leaves that in service.

        Raises:
            UnusableModel: there is no folder, no model or no default in it, or a file cannot serve and is not skipped.
        """
        self._read = self._stamps()
        if not self.path.is_dir():
            raise UnusableModel(f"There is no folder {self.path}: create it and put .tflite files into it.")
        if not self._read:
            raise UnusableModel(f"There is no model in {self.path}: put a .tflite file and its labels there.")
        if self._default and self._default not in {file.stem for file in self._read}:
            raise UnusableModel(
                f"There is no {self._default}.tflite in {self.path}: put it there, or choose another default."
            )
        with closing(Trial(self._runtime)) as trial:
            self._loaded = {
                file: (stamp, self._load(file, stamp, trial, again=again)) for file, stamp in self._read.items()
            }
        models = [model for _, model in self._loaded.values() if model is not None]
        if not models:
            raise UnusableModel(f"There is no file in {self.path} that can serve: see what is said of each above.")
        return Registry(models)

    def has_changed(self, *, settled: bool) -> bool:
        """Whether its files are others than at the last reading. Costs a few file stats.

        Args:
            settled: whether they must have been the same at the last look, for a file may still be being written.
        """
        before, self._seen = self._seen, self._stamps()
        return self._seen != self._read and (self._seen == before or not settled)

    def _load(self, file: Path, stamp: Stamp, trial: Trial, *, again: bool) -> Model | None:
        """A file's model, loaded only where its stamp has changed; None where it is skipped."""
        before, model = self._loaded.get(file, (None, None))
        if before == stamp:
            return model
        try:
            loaded = Model(*trial.prepare(file), self._runtime, self._interpreters)
            loaded.build()
        except UnusableModel as error:
            if not again and (not self._skip_unusable or file.stem == self._default):
                raise
            logger.error("SKIPPED%s: %s", ", and served as it was" if model else "", error)  # noqa: TRY400 - it says all
            return model
        return loaded

    def _stamps(self) -> dict[Path, Stamp]:
        """Every model's stamp, the default's first and the others by name."""
        files = sorted(self.path.glob("*.tflite"), key=lambda file: (file.stem != self._default, file))
        beside = Beside(self.path)
        return {file: stamp(file, beside) for file in files}


def stamp(model: Path, beside: Beside) -> Stamp:
    """What changes as soon as a model's file, its labels or its sidecar does.

    Args:
        model: the file.
        beside: what lies in its folder.
    """
    return tuple((file.name, _file_stamp(file)) for file in (model, *beside.all(model.stem)))


def _file_stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
