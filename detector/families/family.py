"""The interface of a recognised model file."""

from collections.abc import Mapping
from typing import Protocol

from detector.boxes import Candidates
from detector.files import ImageInput
from detector.tflite import Output


class Family(Protocol):
    """A recognised file, with the facts for feeding it and decoding its outputs."""

    @property
    def name(self) -> str:
        """Its name for callers."""

    @property
    def input(self) -> ImageInput:
        """The input that takes the image."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in class order."""

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """Decodes a model's outputs to candidates, in fractions of the input.

        Args:
            outputs: by tensor index.
            threshold: the score, 0..1, below which candidates are only counted.
        """
