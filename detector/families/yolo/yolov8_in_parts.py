"""YOLOv8s that boxes_on_demand.py has split: only levels that found something compute their boxes.

A box's four sides are measured from the centre of its cell, in cells: as four distances, or as four distributions over
0, 1, … B - 1 cells, whose means are the distances. After: Li et al., Generalized Focal Loss, arXiv 2006.04388.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates
from detector.families.activations import min_logit, sigmoid, softmax_mean
from detector.families.grid import grid
from detector.families.yolo.yolov8 import Yolov8
from detector.files import ImageInput, ModelFile
from detector.tflite import Output


@dataclass(frozen=True, slots=True)
class Level:
    """One grid of cells.

    Attributes:
        scores: index of the output with the logits of scores, [1, rows, columns, C].
        boxes: index of the output with boxes, [1, rows, columns, 4 * B]: for the left, top, right and bottom side the
            logits of a distance's distribution, or, with B = 1, the distance.
    """

    scores: int
    boxes: int


@dataclass(frozen=True, slots=True)
class Yolov8InParts:
    """A YOLO without objectness, decoded here.

    Attributes:
        levels: finest first.
        centres: [N, 4] the cells' centres as x, y, x, y, fractions of the input, level by level.
        steps: [N, 4] the size of a cell, negative for left and top, fractions.
    """

    input: ImageInput
    labels: tuple[str, ...]
    levels: tuple[Level, ...]
    centres: NDArray[np.float64]
    steps: NDArray[np.float64]
    name: str = "yolov8"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family; only levels with a high enough score compute their boxes."""
        cells, sides, logits = [], [], []
        first = 0  # index of the level's first cell among all
        for level in self.levels:
            scores = outputs[level.scores].rows
            likely = scores.rows_scoring(min_logit(threshold))
            if len(likely):
                cells.append(first + likely)
                sides.append(outputs[level.boxes].rows[likely].dequantised)
                logits.append(scores[likely].dequantised)
            first += len(scores)
        if not cells:
            return Candidates.none(first)
        found = np.concatenate(cells)
        bins = np.concatenate(sides).reshape(len(found), 4, -1)
        distances = softmax_mean(bins) if bins.shape[2] > 1 else bins[:, :, 0]
        boxes_xyxy = self.centres[found] + distances * self.steps[found]
        return Candidates.best_class(threshold, boxes_xyxy, sigmoid(np.concatenate(logits))).out_of(first)


def in_parts(whole: Yolov8, file: ModelFile, levels: Sequence[tuple[int, int]]) -> Yolov8InParts:
    """The family of a split file.

    Args:
        whole: the family of the file before it was split.
        file: the split file.
        levels: indices of the outputs with scores and with boxes, finest level first.
    """
    shapes = {output.index: output.shape for output in file.outputs}
    image = whole.input
    strides = tuple(image.width // shapes[scores][2] for scores, _ in levels)
    centres, cell_strides = grid(image.width, image.height, strides)
    size = np.array([image.width, image.height] * 2)
    return Yolov8InParts(
        input=image,
        labels=whole.labels,
        levels=tuple(Level(scores, boxes) for scores, boxes in levels),
        centres=centres / size,
        steps=cell_strides * np.array([-1, -1, 1, 1]) / size,
    )
