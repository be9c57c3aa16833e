"""A recognised model file: where the image goes, and how the outputs become boxes."""

from collections.abc import Mapping
from typing import Protocol

from detector.boxes import Candidates
from detector.files import ImageInput
from detector.tflite import Output


class Family(Protocol):
    """A recognised file, with all it takes to feed it and to decode its outputs."""

    @property
    def name(self) -> str:
        """The family's name, as GET /models gives it."""

    @property
    def input(self) -> ImageInput:
        """The input that takes the image."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in class order."""

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """Candidates, in fractions of the input.

        Args:
            outputs: what the model answered, by tensor index.
            threshold: the score, 0..1, below which candidates are only counted.
        """
