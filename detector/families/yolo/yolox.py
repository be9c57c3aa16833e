"""YOLOX: anchor-free, with objectness, boxes relative to their cell.

Output [1, N, 5 + C]: offset x, offset y from the cell's top left corner and the logarithms of width and height, all in
strides; objectness; then probabilities of C classes, for every cell of strides 8, 16, 32. Input BGR from 0 to 255, the
image in the top left corner. After: Ge et al., YOLOX: Exceeding YOLO Series in 2021, arXiv 2107.08430, and the demo in
github.com/Megvii-BaseDetection/YOLOX.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, from_centres
from detector.families.activations import are_probabilities, safe_exp
from detector.families.grid import grid
from detector.families.yolo.common import AVERAGE_FROM, check_scores, input_cells, yolo_output
from detector.families.yolo.yolov5 import rows_and_scores
from detector.files import ImageInput, ModelFile, Normalisation
from detector.images import corner
from detector.tflite import Output

STRIDES = (8, 16, 32)
NORMALISATION = Normalisation(mean=0.0, std=1.0)
MIN_CORRELATION = 0.9  # of decoded boxes with their cells, nearly 1; undecoded ones have about 0


@dataclass(frozen=True, slots=True)
class Yolox:
    """A YOLOX.

    Attributes:
        corners: [N, 2] the cells' top left corners, input pixels.
        strides: [N, 1] the cells' strides, input pixels.
    """

    input: ImageInput
    labels: tuple[str, ...]
    output: int
    corners: NDArray[np.float32]
    strides: NDArray[np.float32]
    name: str = "yolox"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        rows = outputs[self.output][0]
        likely, scores = rows_and_scores(rows, threshold)
        encoded = rows[likely].dequantised[:, :4]
        centres = self.corners[likely] + encoded[:, :2] * self.strides[likely]
        sizes = safe_exp(encoded[:, 2:]) * self.strides[likely]
        size = np.array([self.input.width, self.input.height] * 2, np.float32)
        boxes_xyxy = from_centres(np.concatenate([centres, sizes], axis=1)) / size
        return Candidates.best_class(threshold, boxes_xyxy, scores).out_of(len(rows))


def recognise(file: ModelFile) -> Yolox | None:
    """The file as a YOLOX, or None if its output differs.

    Other models with one row per cell, such as YOLOv6, decode boxes in the graph. A sample shows that: decoded boxes
    lie near their cells.

    Raises:
        UnusableModel: its input or labels do not fit.
    """
    output = yolo_output(file)
    if output is None or output.shape[2] <= 5 or output.shape[1] not in input_cells(file):
        return None
    image_input = file.image_input(NORMALISATION, corner, bgr=True, average_from=AVERAGE_FROM)
    centres, strides = grid(image_input.width, image_input.height, STRIDES)
    if len(centres) != output.shape[1] or file.has_labels(output.shape[2] - 4):  # the latter is a transposed YOLOv8
        return None
    sample = file.sample()[output.index][0]
    if follow(sample, centres) or not are_probabilities(sample[:, 4:]):
        return None
    check_scores(file, axis=2)
    return Yolox(
        input=image_input,
        labels=file.labels_for(output.shape[2] - 5),
        output=output.index,
        corners=(centres[:, :2] - strides / 2).astype(np.float32),
        strides=strides.astype(np.float32),
    )


def follow(rows: NDArray[np.float32], centres: NDArray[np.float64]) -> bool:
    """True if boxes [N, 4+], centre first, lie near the centres [N, 4] of their cells."""
    if not np.isfinite(rows[:, :2]).all() or np.ptp(rows[:, 0]) == 0 or np.ptp(rows[:, 1]) == 0:
        return False
    return bool(min(np.corrcoef(rows[:, axis], centres[:, axis])[0, 1] for axis in (0, 1)) > MIN_CORRELATION)
