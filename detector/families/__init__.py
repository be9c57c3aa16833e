"""The kinds of detector that can be served: how each is recognised, fed and decoded.

A family is a module with `recognise`, which looks at a file and returns a `Family` or None. A new one is a new file
here and a line in FAMILIES.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from detector.candidates import Candidates
from detector.errors import UnusableModel
from detector.families import (
    blazeface,
    fcos,
    ssd_anchors_in_metadata,
    ssd_anchors_in_output,
    ssd_postprocess,
    yolo_end_to_end,
    yolov5,
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

    def decode(self, outputs: Mapping[int, NDArray[Any]], lowest: float) -> Candidates:
        """Candidates, in fractions of the input.

        Args:
            outputs: what the model answered, in real numbers, by tensor index.
            lowest: the score, 0..1, below which candidates are only counted.
        """


FAMILIES: dict[str, Callable[[ModelFile], Family | None]] = {
    "ssd": ssd_postprocess.recognise,
    "fcos": fcos.recognise,
    "ssd_anchors_in_metadata": ssd_anchors_in_metadata.recognise,
    "ssd_anchors_in_output": ssd_anchors_in_output.recognise,
    "yolov5": yolov5.recognise,
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
    shapes = ", ".join("x".join(map(str, output.shape)) or "a number" for output in file.outputs)
    raise UnusableModel(
        f"is no detector of a known family (its outputs are {shapes}): "
        f"bring one of {', '.join(FAMILIES)}; a classifier or a segmentation model cannot serve here."
    )
