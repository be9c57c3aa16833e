"""The levels of a YOLOv8 in parts, see boxes_on_demand.py: grids of cells, each coarser than the last."""

from dataclasses import dataclass

from detector.stages import Stage
from detector.tensors import Tensor


@dataclass(frozen=True, slots=True)
class Level:
    """One grid.

    Attributes:
        scores: the output with its cells' scores, logits [1, rows, columns, C].
        boxes: what computes their boxes, [1, rows, columns, 4 * B]: for the left, top, right and bottom side logits of
            a distance's distribution, or with B = 1 the distance.
    """

    scores: Tensor
    boxes: Stage
