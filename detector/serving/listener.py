"""Reports from a detector while it works."""

from collections.abc import Sequence


class Listener:
    """Receives a report per stage of each photo, in the thread and with the context variables of its caller.

    This one ignores them; subclasses do not.
    """

    def decoded(self, seconds: float) -> None:
        """Called when a photo has been decoded."""

    def inferred(self, models: Sequence[str], seconds: float) -> None:
        """Called when models, by name, have seen a photo; `seconds` is the time of all together."""

    def found(self, labels: Sequence[str]) -> None:
        """Called when a photo is done, with one label per object found."""
