"""YOLOv5, YOLOv7, YOLOv3 and similar models: three anchors per cell, decoded in the graph.

Output [1, N, 5 + C]: centre x, centre y, width, height, objectness, then probabilities of C classes, for every anchor
of every cell of the usual grids. A score is objectness times class. After: the documentation of YOLOv5's export,
docs.ultralytics.com/yolov5, and files in the wild.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, from_centres
from detector.families.yolo.common import in_fractions, input_cells, yolo_input, yolo_output
from detector.files import ImageInput, ModelFile
from detector.tflite import Output

ANCHORS = 3  # per cell


@dataclass(frozen=True, slots=True)
class Yolov5:
    """A YOLO with anchors."""

    input: ImageInput
    labels: tuple[str, ...]
    output: int
    name: str = "yolov5"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        rows = outputs[self.output][0]
        likely, scores = rows_and_scores(rows, threshold)
        boxes_xyxy = from_centres(in_fractions(rows[:, :4].dequantised, self.input)[likely])
        return Candidates.best_class(threshold, boxes_xyxy, scores).out_of(len(rows))


def rows_and_scores(rows: Output, threshold: float) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The indices [K] of rows [N, 5 + C] that may have a score of at least `threshold`, and their scores, [K, C].

    A score is the objectness, the fifth number, times the class's probability, so it never exceeds the objectness.
    """
    likely = rows[:, 4:5].rows_scoring(threshold)
    numbers = rows[likely].dequantised
    return likely, numbers[:, 4:5] * numbers[:, 5:]


def recognise(file: ModelFile) -> Yolov5 | None:
    """The file as such a YOLO, or None if its output differs.

    Raises:
        UnusableModel: its input or labels do not fit.
    """
    output = yolo_output(file)
    if output is None:
        return None
    _, rows, columns = output.shape
    if rows not in {ANCHORS * cells for cells in input_cells(file)} or columns <= 5:
        return None
    return Yolov5(yolo_input(file, axis=2), file.labels_for(columns - 5), output.index)
