"""Models that are loaded already, such as in the process that started this one."""

from collections.abc import Iterable

from detector.serving.model import Model
from detector.serving.registry import Registry


class LoadedModels:
    """Stands in for a ModelFolder that never changes. It can be sent to other processes, and so can its models.

    Attributes:
        skipped: see ModelFolder.
    """

    skipped = 0

    def __init__(self, models: Iterable[Model]) -> None:
        """Keeps the models.

        Args:
            models: the default first.
        """
        self._models = tuple(models)

    def read(self, *, again: bool = False) -> Registry:  # noqa: ARG002 - as ModelFolder has it
        """The models."""
        return Registry(self._models)

    def has_changed(self, *, settled: bool) -> bool:  # noqa: ARG002 - as ModelFolder has it
        """Always False."""
        return False
