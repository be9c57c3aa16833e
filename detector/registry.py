"""The models that are served, and which of them a caller means."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from detector.errors import UnknownLabel, UnknownModel, UnusableModel
from detector.model import Model
from detector.runtime import Interpreter


class Registry:
    """Loaded models by name; the first is the default."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = {model.name: model for model in models}

    @classmethod
    def load(
        cls, folder: Path, build: Callable[[bytes], Interpreter], interpreters: int, default: str = ""
    ) -> "Registry":
        """Load every .tflite file of a folder, in the order of their names, the default first.

        Args:
            folder: where they lie.
            build: makes an interpreter of a file's bytes.
            interpreters: how many may run at once, per model.
            default: the name of the default model; empty for the first by name.

        Raises:
            UnusableModel: a file cannot serve, there is none, or the default is not among them.
        """
        if not folder.is_dir():
            raise UnusableModel(f"There is no folder {folder}: create it and put .tflite files into it.")
        files = sorted(folder.glob("*.tflite"))
        if not files:
            raise UnusableModel(f"There is no model in {folder}: put a .tflite file and its labels there.")
        if default and default not in {file.stem for file in files}:
            raise UnusableModel(f"There is no {default}.tflite in {folder}: put it there, or choose another default.")
        files.sort(key=lambda file: file.stem != default)
        return cls([Model.load(file, build, interpreters) for file in files])

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def get(self, name: str) -> Model:
        """The model of that name.

        Raises:
            UnknownModel: there is none.
        """
        if name not in self._models:
            raise UnknownModel("No model of this name is loaded: GET /models lists those that are.")
        return self._models[name]

    def choose(self, name: str | None, label: str | None) -> Model:
        """The model that a caller means.

        Args:
            name: the model's; None leaves the choice to the label.
            label: what is looked for; None stands for everything.

        Raises:
            UnknownModel: no model of that name is loaded.
            UnknownLabel: the named model, or every model, lacks that label.
        """
        models = [self.get(name)] if name is not None else list(self)
        for model in models:
            if label is None or label in model.labels:
                return model
        raise UnknownLabel("No model here, or not the chosen one, finds this label: GET /models lists the labels.")
