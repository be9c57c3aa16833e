"""YOLOv8, YOLO11 and their like: one score a class and no objectness.

Output [1, 4 + C, N], or [1, N, 4 + C]: centre x, centre y, width, height, then probabilities of C classes, for every
cell of the usual grids. After: the documentation of the export, docs.ultralytics.com/integrations/tflite, and files in
the wild.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from detector.boxes.candidates import Candidates
from detector.boxes.geometry import from_centres
from detector.families.yolo.common import in_fractions, picture_cells, yolo_input, yolo_output
from detector.families.yolo.yolov8_in_parts import Yolov8InParts, in_parts
from detector.files.input import ImageInput
from detector.files.modelfile import ModelFile
from detector.images.placement import Placement, letterbox
from detector.tflite.outputs import Answer


@dataclass(frozen=True, slots=True)
class Yolov8:
    """A YOLO without objectness.

    Attributes:
        boxes_last: whether the output is [1, 4 + C, N].
    """

    input: ImageInput
    labels: tuple[str, ...]
    output: int
    boxes_last: bool
    name: str = "yolov8"

    def place(self, width: int, height: int) -> Placement:
        """See Family."""
        return letterbox(width, height, self.input.width, self.input.height)

    def decode(self, outputs: Mapping[int, Answer], lowest: float) -> Candidates:
        """See Family."""
        rows = outputs[self.output][0]
        if self.boxes_last:
            rows = rows.transposed
        likely = rows.rows_reaching(lowest, first=4)
        boxes_xyxy = from_centres(in_fractions(rows[:, :4].real, self.input)[likely])
        return Candidates.best_class(lowest, boxes_xyxy, rows[likely].real[:, 4:]).of(len(rows))


def recognise(file: ModelFile) -> Yolov8 | Yolov8InParts | None:
    """The file as such a YOLO, or None where its output is another.

    [1, N, 4 + C] looks like the output of YOLOX; it is taken for this family only where the labels say so.

    Raises:
        UnusableModel: its input or labels are not what goes with such an output.
    """
    if file.levels:
        return in_parts(file)
    output = yolo_output(file)
    if output is None:
        return None
    cells = picture_cells(file)
    _, rows, columns = output.shape
    if columns in cells and rows > 4:
        return Yolov8(yolo_input(file), file.labels_for(rows - 4), output.index, boxes_last=True)
    if rows in cells and file.has_labels(columns - 4):
        return Yolov8(yolo_input(file), file.labels_for(columns - 4), output.index, boxes_last=False)
    return None
