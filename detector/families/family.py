"""A recognised model file: where the image goes, and how the outputs become boxes."""

from collections.abc import Mapping
from typing import Protocol

from detector.boxes import Candidates
from detector.files import ImageInput
from detector.tflite import Output


class Family(Protocol):
    """How one recognised file is used."""

    @property
    def name(self) -> str:
        """What GET /models calls the family."""

    @property
    def input(self) -> ImageInput:
        """Where the picture goes."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What it finds, in class order."""

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """Candidates, in fractions of the input.

        Args:
            outputs: what the model answered, by tensor index.
            threshold: the score, 0..1, below which candidates are only counted.
        """
