"""A recognised model file: where the image goes, and how the outputs become boxes."""

from collections.abc import Mapping
from typing import Protocol

from detector.boxes.candidates import Candidates
from detector.files.input import ImageInput
from detector.images.placement import Placement
from detector.tflite.outputs import Answer


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

    def place(self, width: int, height: int) -> Placement:
        """Where on the input a picture of this size, pixels, is laid."""

    def decode(self, outputs: Mapping[int, Answer], lowest: float) -> Candidates:
        """Candidates, in fractions of the input.

        Args:
            outputs: what the model answered, by tensor index.
            lowest: the score, 0..1, below which candidates are only counted.
        """
