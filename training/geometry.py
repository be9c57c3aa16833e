"""Boxes and points: the arithmetic shared by training and measuring."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.families.grid import grid
from detector.images import placement
from detector.images.resizing import resized
from training.backbone import STRIDES

GREY = 114
MEAN = STD = 128.0


def letterbox(pixels: NDArray[np.uint8], size: int) -> tuple[NDArray[np.uint8], float, int, int]:
    """Fits a picture into a square: aspect kept, centred, the rest grey 114.

    Args:
        pixels: uint8 [H, W, 3].
        size: side of the square, pixels.

    Returns:
        The square uint8 [size, size, 3], the scale, and the left and top margins in pixels of the square.
    """
    height, width = pixels.shape[:2]
    placed = placement.letterbox(width, height, size, size)
    square = np.full((size, size, 3), GREY, np.uint8)
    rows, columns = slice(placed.top, placed.top + placed.height), slice(placed.left, placed.left + placed.width)
    square[rows, columns] = resized(pixels, placed.width, placed.height)
    return square, min(size / width, size / height), placed.left, placed.top


def points(size: int) -> NDArray[np.float32]:
    """Every point of the network, float32 [N, 3]: x and y in pixels of the input, and the stride."""
    centres, reach = grid(size, size, STRIDES)
    return np.concatenate([centres[:, :2], reach], 1).astype(np.float32)


def decode(distances: NDArray[np.float32], at: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes float32 [N, 4] (x0, y0, x1, y1, pixels of the input) of distances [N, 4] from `points` [N, 3]."""
    reach = distances * at[:, 2:]
    return np.concatenate([at[:, :2] - reach[:, :2], at[:, :2] + reach[:, 2:]], 1)
