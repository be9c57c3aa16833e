"""The models that are served, and which of them a caller means."""

from collections.abc import Iterable, Iterator

from detector.errors import UnknownLabel, UnknownModel
from detector.serving.model import Model


class Registry:
    """Loaded models by name; the first is the default."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._models = {model.name: model for model in models}

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
