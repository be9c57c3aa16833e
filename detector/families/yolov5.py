"""YOLOv5, YOLOv7, YOLOv3 and their like: three anchors a cell, decoded in the graph.

Output [1, N, 5 + C]: centre x, centre y, width, height, objectness, then probabilities of C classes, for every anchor
of every cell of the usual grids. A score is objectness times class. After: the documentation of YOLOv5's export,
docs.ultralytics.com/yolov5, and files in the wild.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.answers import Answer
from detector.candidates import Candidates
from detector.families.yolo import in_fractions, picture_cells, yolo_input, yolo_output
from detector.geometry import Placement, from_centres, letterbox
from detector.modelfile import ModelFile
from detector.tensors import ImageInput

ANCHORS = 3  # a cell


@dataclass(frozen=True, slots=True)
class Yolov5:
    """A YOLO with anchors."""

    input: ImageInput
    labels: tuple[str, ...]
    output: int
    name: str = "yolov5"

    def place(self, width: int, height: int) -> Placement:
        """See Family."""
        return letterbox(width, height, self.input.width, self.input.height)

    def decode(self, outputs: Mapping[int, Answer], lowest: float) -> Candidates:
        """See Family."""
        rows = outputs[self.output].real[0]
        boxes_xyxy = from_centres(in_fractions(rows[:, :4], self.input))
        return scored(lowest, boxes_xyxy, rows[:, 4], rows[:, 5:])


def scored(
    lowest: float,
    boxes_xyxy: NDArray[np.floating],
    objectness: NDArray[np.floating],
    probabilities: NDArray[np.floating],
) -> Candidates:
    """Boxes [N, 4] with their best class; its score is objectness [N] times the class's probability [N, C]."""
    likely = np.flatnonzero(objectness >= lowest)  # a product with a probability is no larger
    scores = objectness[likely, np.newaxis] * probabilities[likely]
    return Candidates.best_class(lowest, boxes_xyxy[likely], scores).of(len(probabilities))


def recognise(file: ModelFile) -> Yolov5 | None:
    """The file as such a YOLO, or None where its output is another.

    Raises:
        UnusableModel: its input or labels are not what goes with such an output.
    """
    output = yolo_output(file)
    if output is None:
        return None
    _, rows, columns = output.shape
    if rows not in {ANCHORS * cells for cells in picture_cells(file)} or columns <= 5:
        return None
    return Yolov5(yolo_input(file), file.labels_for(columns - 5), output.index)
