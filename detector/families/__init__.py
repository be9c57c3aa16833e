"""The kinds of detector that can be served: how each is recognised, fed and decoded.

A family is a module with `recognise`, which looks at a file and returns a `Family` or None. A new one is a new file
here and a line in FAMILIES.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from detector.answers import Answer
from detector.candidates import Candidates
from detector.errors import UnusableModel
from detector.families import (
    blazeface,
    fcos,
    four_outputs,
    ssd,
    ssd_anchors_in_output,
    ssd_postprocess,
    unknown,
    yolo_end_to_end,
    yolov5,
    yolov6,
    yolov8,
    yolox,
)
from detector.geometry import Placement
from detector.modelfile import ModelFile
from detector.tensors import ImageInput


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


FAMILIES: dict[str, Callable[[ModelFile], Family | None]] = {
    "ssd": ssd.recognise,
    ssd_postprocess.NAME: ssd_postprocess.recognise,
    "ssd_anchors_in_output": ssd_anchors_in_output.recognise,
    "four_outputs": four_outputs.recognise,
    "fcos": fcos.recognise,
    "yolov5": yolov5.recognise,
    "yolov6": yolov6.recognise,
    "yolov8": yolov8.recognise,
    "yolo_end_to_end": yolo_end_to_end.recognise,
    "yolox": yolox.recognise,
    "blazeface": blazeface.recognise,
}


def recognise(file: ModelFile) -> Family:
    """The family that a file belongs to: the one that its sidecar names, else the first that knows it.

    Raises:
        UnusableModel: none does.
    """
    named = file.sidecar.family
    if named is not None and named not in FAMILIES:
        raise UnusableModel(f"has a sidecar with an unknown family: choose one of {', '.join(FAMILIES)}.")
    for recogniser in [FAMILIES[named]] if named else FAMILIES.values():
        if family := recogniser(file):
            return family
    if named:
        raise UnusableModel(f"is not of the family {named} that its sidecar names: correct it or leave it out.")
    raise UnusableModel(unknown.sentence(file))
