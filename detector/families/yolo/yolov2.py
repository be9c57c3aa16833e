"""YOLOv2, and models with the same output, such as ST's YOLO LC: anchors on one grid, decoded here.

Output [1, rows, columns, A * (5 + C)], or [1, rows * columns, A * (5 + C)], for every anchor of every cell: offset of
the centre and logarithms of the size, objectness, C classes, all of them logits. An offset's sigmoid is in cells; a
size is relative to the anchor's. A score is the objectness's sigmoid times the classes' softmax. After: Redmon and
Farhadi, YOLO9000: Better, Faster, Stronger, arXiv 1612.08242.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, from_centres
from detector.errors import UnusableModel
from detector.families.activations import min_logit, safe_exp, sigmoid, softmax
from detector.families.grid import grid
from detector.files import ImageInput, ModelFile, Normalisation
from detector.tflite import Output

STRIDES = (16, 32)
ANCHORS = 5  # per cell, if the sidecar does not list them
MAX_CLASSES = 200  # without labels; networks with more channels output feature maps
NORMALISATION = Normalisation(mean=0.0, std=255.0)

# Anchors of Darknet's yolov2.cfg and yolov2-tiny.cfg for COCO, in cells of 32 pixels.
COCO = ((0.57273, 0.677385), (1.87446, 2.06253), (3.33843, 5.47434), (7.88282, 3.52778), (9.77052, 9.16828))
COCO_CELL, COCO_CLASSES = 32, 80


@dataclass(frozen=True, slots=True)
class Yolov2:
    """A YOLOv2.

    Attributes:
        corners: [N, 2] the top left corner of every box's cell, input pixels.
        stride: width and height of a cell, input pixels.
        anchors: [A, 2] widths and heights, input pixels.
    """

    input: ImageInput
    labels: tuple[str, ...]
    output: int
    corners: NDArray[np.float64]
    stride: int
    anchors: NDArray[np.float64]
    name: str = "yolov2"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        rows = outputs[self.output].in_rows(5 + len(self.labels))
        likely = rows[:, 4:5].rows_scoring(min_logit(threshold))
        numbers = rows[likely].dequantised
        centres = self.corners[likely] + sigmoid(numbers[:, :2]) * self.stride
        sizes = safe_exp(numbers[:, 2:4]) * self.anchors[likely % len(self.anchors)]
        size = np.array([self.input.width, self.input.height] * 2, np.float64)
        boxes_xyxy = from_centres(np.concatenate([centres, sizes], axis=1)) / size
        scores = sigmoid(numbers[:, 4:5]) * softmax(numbers[:, 5:])
        return Candidates.best_class(threshold, boxes_xyxy, scores).out_of(len(rows))


def recognise(file: ModelFile) -> Yolov2 | None:
    """The file as a YOLOv2, or None if its output differs.

    Raises:
        UnusableModel: its anchors are unknown, or its labels do not fit.
    """
    if len(file.outputs) != 1:
        return None
    (output,) = file.outputs
    image_input = file.image_input(NORMALISATION)
    count = len(file.sidecar.anchors or ()) or ANCHORS
    classes = output.shape[-1] // count - 5 if output.shape else 0
    strides = [stride for stride in STRIDES if output.shape[:-1] in _grids(image_input, stride)]
    if not strides or classes < 1 or output.shape[-1] % count:
        return None
    if not (file.has_labels(classes) or classes <= MAX_CLASSES) or not _are_logits(file.sample()[output.index]):
        return None
    labels = file.labels_for(classes)
    centres, _ = grid(image_input.width, image_input.height, (strides[0],))
    return Yolov2(
        input=image_input,
        labels=labels,
        output=output.index,
        corners=np.repeat(centres[:, :2] - strides[0] / 2, count, axis=0),
        stride=strides[0],
        anchors=_anchors(file, classes),
    )


def _grids(image_input: ImageInput, stride: int) -> tuple[tuple[int, ...], ...]:
    """The possible dimensions before the last of an output with this stride."""
    rows, columns = math.ceil(image_input.height / stride), math.ceil(image_input.width / stride)
    return (1, rows, columns), (1, rows * columns)


def _are_logits(numbers: NDArray[np.float32]) -> bool:
    """True if some numbers are negative."""
    return bool((numbers < 0).any())


def _anchors(file: ModelFile, classes: int) -> NDArray[np.float64]:
    """The anchors [A, 2], input pixels: the sidecar's, else those for COCO.

    Raises:
        UnusableModel: the sidecar does not state them, and the classes are not COCO's.
    """
    if file.sidecar.anchors:
        return np.array(file.sidecar.anchors, np.float64)
    if classes == COCO_CLASSES:
        return np.array(COCO) * COCO_CELL
    raise UnusableModel(
        f"is a YOLOv2, which does not hold its anchors: write them into {file.name}.yml beside it, as "
        "`anchors: [[WIDTH, HEIGHT], …]` in pixels of the input, in the order of its configuration."
    )
