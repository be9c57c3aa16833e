"""Fits images into the network's square input, as the service does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.images import Placement, resize
from detector.images import letterbox as placed_in

GREY = 114


def letterbox(pixels: NDArray[np.uint8], size: int) -> tuple[NDArray[np.uint8], Placement]:
    """Fits an image uint8 [H, W, 3] into a square [size, size, 3]: aspect kept, centred, the rest grey."""
    height, width = pixels.shape[:2]
    placed = placed_in(width, height, size, size)
    square = np.full((size, size, 3), GREY, np.uint8)
    rows, columns = slice(placed.top, placed.top + placed.height), slice(placed.left, placed.left + placed.width)
    square[rows, columns] = resize(pixels, placed.width, placed.height)
    return square, placed
