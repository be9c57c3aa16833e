"""YOLOv8s that boxes_on_demand.py has taken apart: levels that are asked for boxes where they found something.

A box's four sides are measured from the centre of its cell, in cells. How far off a side is stands there as such, or as
a distribution over 0, 1, … B - 1 cells, of which the mean counts. After: Li et al., Generalized Focal Loss,
arXiv 2006.04388.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.families.activations import expectation, least_logit, logistic
from detector.families.grid import grid
from detector.families.yolo.common import detecting_input
from detector.families.yolo.levels import Level
from detector.files.input import ImageInput
from detector.files.modelfile import ModelFile
from detector.images.placement import Placement, letterbox
from detector.tflite.outputs import Answer


@dataclass(frozen=True, slots=True)
class Yolov8InParts:
    """A YOLO without objectness, decoded here.

    Attributes:
        levels: finest first.
        points: [N, 4] every cell's centre as x, y, x, y, fractions of the input, level by level.
        reach: [N, 4] how far the sides of a box move with a cell's distance, fractions.
    """

    input: ImageInput
    labels: tuple[str, ...]
    levels: tuple[Level, ...]
    points: NDArray[np.float64]
    reach: NDArray[np.float64]
    name: str = "yolov8"

    def place(self, width: int, height: int) -> Placement:
        """See Family."""
        return letterbox(width, height, self.input.width, self.input.height)

    def decode(self, outputs: Mapping[int, Answer], lowest: float) -> Candidates:
        """See Family; only levels with a score that is high enough are asked for boxes."""
        cells, sides, logits = [], [], []
        first = 0  # of the level's cells, among all
        for level in self.levels:
            scores = outputs[level.scores.index].rows
            likely = scores.rows_reaching(least_logit(lowest))
            if len(likely):
                cells.append(first + likely)
                sides.append(outputs[level.boxes.gives.index].rows[likely].real)
                logits.append(scores[likely].real)
            first += len(scores)
        if not cells:
            return Candidates.none(first)
        found = np.concatenate(cells)
        bins = np.concatenate(sides).reshape(len(found), 4, -1)
        distances = expectation(bins) if bins.shape[2] > 1 else bins[:, :, 0]
        boxes_xyxy = self.points[found] + distances * self.reach[found]
        return Candidates.best_class(lowest, boxes_xyxy, logistic(np.concatenate(logits))).of(first)


def in_parts(file: ModelFile) -> Yolov8InParts:
    """The family of a file in parts.

    Raises:
        UnusableModel: its input or labels are not what goes with such a YOLO.
    """
    picture = detecting_input(file)
    *_, classes = file.levels[0].scores.shape
    strides = tuple(picture.width // level.scores.shape[2] for level in file.levels)
    points, reach = grid(picture.width, picture.height, strides)
    size = np.array([picture.width, picture.height] * 2)
    return Yolov8InParts(
        input=picture,
        labels=file.labels_for(classes),
        levels=file.levels,
        points=points / size,
        reach=reach * np.array([-1, -1, 1, 1]) / size,
    )
