"""Training sees pictures and boxes as the service does; needs the extra for training."""

import numpy as np
import pytest

from detector import geometry as serving
from detector.families.grid import grid

torch = pytest.importorskip("torch", reason="the extra for training is not installed")


def test_points() -> None:
    """The network's points are the family's grid."""
    from training.backbone import STRIDES
    from training.geometry import points

    centres, reach = grid(288, 288, STRIDES)
    assert np.array_equal(points(288), np.concatenate([centres[:, :2], reach], axis=1))


@pytest.mark.parametrize(("width", "height"), [(480, 320), (333, 777), (100, 100), (5000, 3)])
def test_letterbox(width: int, height: int) -> None:
    """A picture lies at the same place on the network's input."""
    from training.geometry import letterbox

    square, _, left, top = letterbox(np.zeros((height, width, 3), np.uint8), 288)
    placed = serving.letterbox(width, height, 288, 288)
    assert (left, top) == (placed.left, placed.top)
    assert (square == 0).all(axis=2).sum() == placed.width * placed.height
