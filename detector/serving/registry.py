"""The loaded models, and the choice of one for a caller."""

from collections.abc import Collection, Iterable, Iterator

from detector.errors import NoCommonModel, UnknownLabel, UnknownModel
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
            UnknownModel: none is loaded.
        """
        if name not in self._models:
            raise UnknownModel("No model of this name is loaded.")
        return self._models[name]

    def choose(self, name: str | None = None, labels: Collection[str] = ()) -> Model:
        """Chooses a model for a caller.

        Args:
            name: the model's name; None to choose by labels.
            labels: the labels that it must have.

        Raises:
            UnknownModel: no model of that name is loaded.
            UnknownLabel: the named model, or every model, lacks one of the labels.
            NoCommonModel: several models find the labels, but none finds all.
        """
        models = [self.get(name)] if name is not None else list(self)
        if not labels:
            return models[0]
        missing = [set(labels).difference(model.labels) for model in models]
        for model, lacking in zip(models, missing, strict=True):
            if not lacking:
                return model
        unknown = set.intersection(*missing)
        if unknown:
            raise UnknownLabel("No model here, or not the chosen one, finds this label.", unknown)
        raise NoCommonModel("No single model finds all of these labels.", labels)
