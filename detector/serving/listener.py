"""Reports of a detector's work as it goes."""

from collections.abc import Sequence


class Listener:
    """Is told of the stages of each photo, in the thread and with the context variables of its caller.

    This one does nothing with it; those that do are subclasses.
    """

    def decoded(self, seconds: float) -> None:
        """A photo has been decoded."""

    def inferred(self, models: Sequence[str], seconds: float) -> None:
        """Models, by name, have looked at a photo; all of them together took so long."""

    def found(self, labels: Sequence[str]) -> None:
        """Objects have been found in a photo: one label each."""
