"""YOLOv5s whose heads raw_heads.py has made outputs: three boxes a cell, said in logits.

A box's centre lies up to half a cell beside its own cell, and its sides are up to four times those of its anchor. A
score is objectness times class. After: the documentation of YOLOv5's architecture, docs.ultralytics.com/yolov5.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.geometry import from_centres
from detector.families.activations import least_logit, logistic
from detector.families.grid import grid
from detector.families.yolo.common import detecting_input
from detector.families.yolo.levels import AnchoredLevel
from detector.files.input import ImageInput
from detector.files.modelfile import ModelFile
from detector.images.placement import Placement, letterbox
from detector.tflite.outputs import Answer


@dataclass(frozen=True, slots=True)
class RawYolov5:
    """A YOLO with anchors, decoded here.

    Attributes:
        levels: finest first.
        corners: [N, 2] the left top corner of every box's cell, fractions of the input, level by level.
        cells: [N, 2] its width and height.
        anchors: [N, 2] the width and height of every box's anchor.
    """

    input: ImageInput
    labels: tuple[str, ...]
    levels: tuple[AnchoredLevel, ...]
    corners: NDArray[np.float64]
    cells: NDArray[np.float64]
    anchors: NDArray[np.float64]
    name: str = "yolov5"

    def place(self, width: int, height: int) -> Placement:
        """See Family."""
        return letterbox(width, height, self.input.width, self.input.height)

    def decode(self, outputs: Mapping[int, Answer], lowest: float) -> Candidates:
        """See Family."""
        places, logits = [], []
        first = 0  # of the level's boxes, among all
        for level in self.levels:
            rows = outputs[level.numbers.index].rows
            likely = rows[:, 4:5].rows_reaching(least_logit(lowest))
            places.append(first + likely)
            logits.append(rows[likely].real)
            first += len(rows)
        found, shares = np.concatenate(places), logistic(np.concatenate(logits))
        centres = self.corners[found] + (2 * shares[:, :2] - 0.5) * self.cells[found]
        boxes_cxcywh = np.concatenate([centres, growth(shares[:, 2:4]) * self.anchors[found]], axis=1)
        return Candidates.best_class(lowest, from_centres(boxes_cxcywh), shares[:, 4:5] * shares[:, 5:]).of(first)


def growth(shares: NDArray[np.floating]) -> NDArray[np.floating]:
    """How many times larger than its anchor a box is, 0..4, by a number for each axis, 0..1."""
    return np.asarray((2 * shares) ** 2)


def raw(file: ModelFile) -> RawYolov5:
    """The family of a file with raw heads.

    Raises:
        UnusableModel: its input or labels are not what goes with such a YOLO.
    """
    picture = detecting_input(file)
    *_, columns = file.anchored[0].numbers.shape
    size = np.array([picture.width, picture.height])
    points, reach = grid(picture.width, picture.height, tuple(level.stride for level in file.anchored))
    each = len(file.anchored[0].anchors)  # cell's boxes
    return RawYolov5(
        input=picture,
        labels=file.labels_for(columns - 5),
        levels=file.anchored,
        corners=np.repeat((points[:, :2] - reach / 2) / size, each, axis=0),
        cells=np.repeat(reach / size, each, axis=0),
        anchors=np.concatenate([np.tile(level.anchors, (level.numbers.shape[1], 1)) for level in file.anchored]),
    )
