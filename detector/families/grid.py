"""Grids of cells over an input, one per stride, by which detectors without post-processing list their boxes."""

import math

import numpy as np
from numpy.typing import NDArray

# The strides of YOLO exports: the usual ones, those with a coarser and with a finer level, and those of tiny YOLOv3.
STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32), (16, 32))


def cells(width: int, height: int, strides: tuple[int, ...]) -> int:
    """The number of cells of grids with these strides on an input of this size, pixels."""
    return sum(math.ceil(width / stride) * math.ceil(height / stride) for stride in strides)


def usual_cells(width: int, height: int) -> set[int]:
    """The possible numbers of cells of a YOLO export on an input of this size, pixels."""
    return {cells(width, height, strides) for strides in STRIDES}


def grid(width: int, height: int, strides: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The cells' centres [N, 4] as x, y, x, y and their strides [N, 1], input pixels, for an input of this size.

    Finest stride first, row by row.
    """
    centres, sizes = [], []
    for stride in strides:
        rows, columns = np.mgrid[: math.ceil(height / stride), : math.ceil(width / stride)]
        level = (np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5) * stride
        centres.append(np.tile(level, 2))
        sizes.append(np.full((len(level), 1), stride, np.float64))
    return np.concatenate(centres), np.concatenate(sizes)
