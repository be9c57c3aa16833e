"""The levels of a YOLO: grids of cells, each coarser than the last."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.tflite.stages import Stage
from detector.tflite.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Level:
    """One grid of a YOLOv8 in parts, see boxes_on_demand.py.

    Attributes:
        scores: the output with its cells' scores, logits [1, rows, columns, C].
        boxes: what computes their boxes, [1, rows, columns, 4 * B]: for the left, top, right and bottom side logits of
            a distance's distribution, or with B = 1 the distance.
    """

    scores: Tensor
    boxes: Stage


@dataclass(frozen=True, slots=True, eq=False)
class AnchoredLevel:
    """One grid of a YOLOv5 with raw heads, see raw_heads.py.

    Attributes:
        numbers: the output with all that is said of its boxes, logits [1, cells, 3, 5 + C].
        stride: how many pixels of the input a cell is wide and high.
        anchors: [3, 2] the widths and heights of its boxes' anchors, fractions of the input.
    """

    numbers: Tensor
    stride: int
    anchors: NDArray[np.float64]
