"""Running a model in parts: one for every picture, others when what they compute is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from detector.tflite.runtime import Interpreter
from detector.tflite.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a model that runs when its output is asked for.

    Attributes:
        content: a model with one input and one output; its tensors have the numbers that they have in the whole.
        reads: the input's number; the first part gives that tensor as one of its outputs.
        gives: the output.
    """

    content: bytes
    reads: int
    gives: Tensor


class Staged:
    """An interpreter of a model in parts; used as one of a whole model is."""

    def __init__(self, build: Callable[[bytes], Interpreter], content: bytes, stages: Sequence[Stage]) -> None:
        """Build an interpreter a part.

        Args:
            build: makes an interpreter for a model.
            content: the first part.
            stages: the others.
        """
        self._first = build(content)
        self._later = {stage.gives.index: (stage.reads, build(stage.content)) for stage in stages}
        self._done: set[int] = set()

    def set_tensor(self, index: int, numbers: NDArray[Any]) -> None:
        """Give the first part its input."""
        self._first.set_tensor(index, numbers)

    def invoke(self) -> None:
        """Run the first part."""
        self._done.clear()
        self._first.invoke()

    def get_tensor(self, index: int) -> NDArray[Any]:
        """A copy of an output; runs the part that gives it unless it has run since the last invoke."""
        reads, part = self._later.get(index, (None, self._first))
        if reads is not None and index not in self._done:
            part.set_tensor(reads, self._first.get_tensor(reads))
            part.invoke()
            self._done.add(index)
        numbers: NDArray[Any] = part.get_tensor(index)
        return numbers
