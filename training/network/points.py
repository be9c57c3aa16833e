"""The points at which the network looks for objects: one per cell of each stride's grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.families import grid

STRIDES = (8, 16, 32)


def points(size: int) -> NDArray[np.float32]:
    """All points of the network as the service orders them.

    Args:
        size: side of the square input, pixels.

    Returns:
        float32 [N, 3]: x and y in pixels of the input, and the stride.
    """
    centres, strides = grid(size, size, STRIDES)
    return np.concatenate([centres[:, :2], strides], 1).astype(np.float32)
