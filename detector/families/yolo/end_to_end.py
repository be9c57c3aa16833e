"""YOLOs that suppress duplicates themselves: YOLOv10, YOLO26 and other end-to-end exports.

Output [1, N, 6]: left, top, right, bottom, score, class; N is usually 300. After: Ultralytics documentation,
docs.ultralytics.com/guides/end2end-detection, and files in the wild.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from detector.boxes import Candidates
from detector.families.yolo.common import in_fractions, input_cells, yolo_input, yolo_output
from detector.families.yolo.yolov5 import ANCHORS
from detector.files import ImageInput, ModelFile
from detector.tflite import Output

MAX_BOXES = 1000  # no known export that lists only its best boxes has more


@dataclass(frozen=True, slots=True)
class YoloEndToEnd:
    """A YOLO that lists only its best boxes."""

    input: ImageInput
    labels: tuple[str, ...]
    output: int
    name: str = "yolo_end_to_end"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family; boxes of a class without a label are only counted."""
        rows = outputs[self.output].dequantised[0]
        scores, class_ids = rows[:, 4], np.rint(rows[:, 5])
        listed = (scores >= threshold) & (class_ids >= 0) & (class_ids < len(self.labels))
        return Candidates(
            in_fractions(rows[:, :4], self.input)[listed].astype(np.float64),
            scores[listed].astype(np.float64),
            class_ids[listed].astype(np.intp),
            not_listed=len(rows) - int(listed.sum()),
        )


def recognise(file: ModelFile) -> YoloEndToEnd | None:
    """The file as such a YOLO, or None if its output differs.

    Six columns for every cell or anchor of a grid are another family, with one or two classes.

    Raises:
        UnusableModel: its input or labels do not fit.
    """
    output = yolo_output(file)
    cells = input_cells(file)
    if output is None or not cells:
        return None
    _, rows, columns = output.shape
    if columns != 6 or rows > MAX_BOXES or rows in cells | {ANCHORS * count for count in cells}:
        return None
    return YoloEndToEnd(yolo_input(file, axis=2, end_to_end=True), file.labels_for(None), output.index)
