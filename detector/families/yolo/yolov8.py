"""YOLOv8, YOLO11 and similar models: one score per class and no objectness.

Output [1, 4 + C, N], or [1, N, 4 + C]: centre x, centre y, width, height, then probabilities of C classes, for every
cell of the usual grids. After: the documentation of the export, docs.ultralytics.com/integrations/tflite, and files in
the wild.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from detector.boxes import Candidates, from_centres
from detector.families.yolo.common import are_corners_about, in_fractions, input_cells, yolo_input, yolo_output
from detector.files import ImageInput, ModelFile
from detector.tflite import Output


@dataclass(frozen=True, slots=True)
class Yolov8:
    """A YOLO without objectness.

    Attributes:
        boxes_last: True if the output is [1, 4 + C, N].
        are_corners: True if boxes are left, top, right, bottom.
    """

    input: ImageInput
    labels: tuple[str, ...]
    output: int
    boxes_last: bool
    are_corners: bool = False
    name: str = "yolov8"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        rows = outputs[self.output][0]
        if self.boxes_last:
            rows = rows.transposed
        likely = rows.rows_scoring(threshold, from_column=4)
        boxes = in_fractions(rows[:, :4].dequantised, self.input)[likely]
        boxes_xyxy = boxes if self.are_corners else from_centres(boxes)
        return Candidates.best_class(threshold, boxes_xyxy, rows[likely].dequantised[:, 4:]).out_of(len(rows))


def recognise(file: ModelFile) -> Yolov8 | None:
    """The file as such a YOLO, or None if its output differs.

    [1, N, 4 + C] looks like the output of YOLOX, so it is recognised only if there are labels for C classes. Some of
    these exports give a box's corners, which a sample shows.

    Raises:
        UnusableModel: its input or labels do not fit.
    """
    output = yolo_output(file)
    if output is None:
        return None
    cells = input_cells(file)
    _, rows, columns = output.shape
    if columns in cells and rows > 4:
        return Yolov8(yolo_input(file, axis=1), file.labels_for(rows - 4), output.index, boxes_last=True)
    if rows in cells and file.has_labels(columns - 4):
        image_input = yolo_input(file, axis=2)
        return Yolov8(
            input=image_input,
            labels=file.labels_for(columns - 4),
            output=output.index,
            boxes_last=False,
            are_corners=are_corners_about(file.sample()[output.index][0, :, :4], image_input),
        )
    return None
