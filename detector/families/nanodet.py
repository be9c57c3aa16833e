"""NanoDet: anchor-free, with one score per class and distances as distributions.

Output [1, N, C + 32], for every cell of its grids: scores of C classes, then, for the left, top, right and bottom side,
logits of 0, 1, … 7 strides, whose mean is the distance. NanoDet has strides 8, 16, 32 and measures from a cell's
centre; NanoDet-Plus has 64, too, and measures from its top left corner. Input BGR, with ImageNet's normalisation.
Source: github.com/RangiLyu/nanodet, nanodet/model/head and demo_ncnn. After: Li et al., Generalized Focal Loss,
arXiv 2006.04388.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates
from detector.families.activations import are_probabilities, min_logit, sigmoid, softmax_mean
from detector.families.grid import cells, grid
from detector.families.yolo.common import yolo_output
from detector.files import ImageInput, ModelFile, Normalisation
from detector.images import letterbox
from detector.tflite import Output

BINS = 8
SIDES = 4 * BINS
NANODET, PLUS = (8, 16, 32), (8, 16, 32, 64)
NORMALISATION = Normalisation(mean=(103.53, 116.28, 123.675), std=(57.375, 57.12, 58.395))  # blue, green, red


@dataclass(frozen=True, slots=True)
class NanoDet:
    """A NanoDet.

    Attributes:
        are_logits: True if scores are logits, rather than probabilities.
        points: [N, 4] the point that each cell measures from, as x, y, x, y, input pixels.
        strides: [N, 1] the cells' strides, input pixels.
    """

    input: ImageInput
    labels: tuple[str, ...]
    output: int
    are_logits: bool
    points: NDArray[np.float64]
    strides: NDArray[np.float64]
    name: str = "nanodet"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        rows = outputs[self.output][0]
        scores = rows[:, :-SIDES]
        likely = scores.rows_scoring(min_logit(threshold) if self.are_logits else threshold)
        distances = softmax_mean(rows[likely].dequantised[:, -SIDES:].reshape(-1, 4, BINS)) * self.strides[likely]
        size = np.array([self.input.width, self.input.height] * 2, np.float64)
        boxes_xyxy = (self.points[likely] + distances * np.array([-1.0, -1.0, 1.0, 1.0])) / size
        found = scores[likely].dequantised
        return Candidates.best_class(threshold, boxes_xyxy, sigmoid(found) if self.are_logits else found).out_of(
            len(rows)
        )


def recognise(file: ModelFile) -> NanoDet | None:
    """The file as a NanoDet, or None if its output differs.

    Other models with one row per cell, such as YOLOX, end rows with probabilities. A sample shows that NanoDet ends
    them with logits.

    Raises:
        UnusableModel: its labels do not fit.
    """
    output = yolo_output(file)
    if output is None or output.shape[2] <= SIDES:
        return None
    _, rows, columns = output.shape
    image_input = file.image_input(NORMALISATION, letterbox, bgr=True, padding=0)
    levels = [strides for strides in (NANODET, PLUS) if cells(image_input.width, image_input.height, strides) == rows]
    if not levels:
        return None
    numbers = file.sample()[output.index][0]
    scores, sides = numbers[:, :-SIDES], numbers[:, -SIDES:]
    are_logits = not are_probabilities(scores)
    if are_probabilities(sides) or (are_logits and not file.has_labels(columns - SIDES)):
        return None
    points, strides = grid(image_input.width, image_input.height, levels[0])
    return NanoDet(
        input=image_input,
        labels=file.labels_for(columns - SIDES),
        output=output.index,
        are_logits=are_logits,
        points=points - strides / 2 if levels[0] == PLUS else points,
        strides=strides,
    )
