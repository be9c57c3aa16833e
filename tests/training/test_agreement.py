"""Training sees pictures and boxes as the service does; needs the extra for training."""

import numpy as np
import pytest

from detector.images import placement as serving

torch = pytest.importorskip("torch", reason="the extra for training is not installed")


@pytest.mark.parametrize(("width", "height"), [(480, 320), (333, 777), (100, 100), (5000, 3)])
def test_letterbox(width: int, height: int) -> None:
    """A picture lies at the same place on the network's input."""
    from training.geometry import letterbox

    square, _, left, top = letterbox(np.zeros((height, width, 3), np.uint8), 288)
    placed = serving.letterbox(width, height, 288, 288)
    assert (left, top) == (placed.left, placed.top)
    assert (square == 0).all(axis=2).sum() == placed.width * placed.height
