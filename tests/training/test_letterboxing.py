"""training/data/letterboxing.py: training sees photos as the service does."""

import numpy as np
import pytest

from detector.images import placement as serving
from training.data import letterbox


@pytest.mark.parametrize(("width", "height"), [(480, 320), (333, 777), (100, 100), (5000, 3)])
def test_letterbox(width: int, height: int) -> None:
    """A photo has the same place on the network's input."""
    square, placement = letterbox(np.zeros((height, width, 3), np.uint8), 288)
    placed = serving.letterbox(width, height, 288, 288)
    assert placement == placed
    assert (square == 0).all(axis=2).sum() == placed.width * placed.height
