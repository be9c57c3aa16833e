"""A split model: the first part runs on every image, the others only when their output is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from detector.tflite.runtime import Interpreter


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a model that runs when its output is read.

    Attributes:
        content: a model with one input and one output; tensors have the same indices as in the whole.
        reads: the input's index, an output of the first part.
        gives: the output's index.
    """

    content: bytes
    reads: int
    gives: int


class Staged:
    """An interpreter of a split model, used like that of a whole one. A model without stages runs unsplit."""

    def __init__(self, build: Callable[[bytes], Interpreter], content: bytes, stages: Sequence[Stage] = ()) -> None:
        """Builds an interpreter per part.

        Args:
            build: builds an interpreter for a model.
            content: the first part.
            stages: the others.
        """
        self._first = build(content)
        self._later = {stage.gives: (stage.reads, build(stage.content)) for stage in stages}
        self._done: set[int] = set()

    def get_input_details(self) -> list[dict[str, Any]]:
        """The first part's inputs, as the interpreter describes them."""
        details: list[dict[str, Any]] = self._first.get_input_details()
        return details

    def get_output_details(self) -> list[dict[str, Any]]:
        """The first part's outputs, then those of the stages."""
        parts = [self._first, *(part for _, part in self._later.values())]
        return [details for part in parts for details in part.get_output_details()]

    def set_tensor(self, index: int, numbers: NDArray[Any]) -> None:
        """Sets the first part's input."""
        self._first.set_tensor(index, numbers)

    def invoke(self) -> None:
        """Runs the first part."""
        self._done.clear()
        self._first.invoke()

    def get_tensor(self, index: int) -> NDArray[Any]:
        """A copy of an output. Runs the part that computes it, unless it has run since the last invoke."""
        reads, part = self._later.get(index, (None, self._first))
        if reads is not None and index not in self._done:
            part.set_tensor(reads, self._first.get_tensor(reads))
            part.invoke()
            self._done.add(index)
        numbers: NDArray[Any] = part.get_tensor(index)
        return numbers
