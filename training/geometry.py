"""Boxes and points: the arithmetic shared by training and measuring."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector import geometry as placement
from detector.families.grid import grid
from detector.tensors import resized
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


def iou(one: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union [A, B], 0..1, of boxes [A, 4] and [B, 4] (x0, y0, x1, y1)."""
    low = np.maximum(one[:, None, :2], others[None, :, :2])
    high = np.minimum(one[:, None, 2:], others[None, :, 2:])
    overlap = np.clip(high - low, 0, None).prod(2)
    area_one = (one[:, 2:] - one[:, :2]).prod(1)
    area_others = (others[:, 2:] - others[:, :2]).prod(1)
    return np.asarray(overlap / (area_one[:, None] + area_others[None] - overlap + 1e-9), np.float32)


def keep_best(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], class_ids: NDArray[np.int64], overlap: float, most: int
) -> NDArray[np.int64]:
    """Greedy non-maximum suppression within each class.

    Returns:
        Indices of the kept boxes, best score first, at most `most` of them.
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while order.size and len(kept) < most:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        same = class_ids[rest] == class_ids[best]
        order = rest[~(same & (iou(boxes[best : best + 1], boxes[rest])[0] > overlap))]
    return np.array(kept, np.int64)
