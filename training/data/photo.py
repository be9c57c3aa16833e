"""One labelled photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_BOXES: NDArray[np.float32] = np.zeros((0, 4), np.float32)
NO_CLASSES: NDArray[np.int64] = np.zeros(0, np.int64)
IGNORED = -1  # the class of boxes that are neither learnt nor counted as false alarms: crowds, difficult objects


@dataclass(frozen=True)
class Photo:
    """One photo with its ground truth.

    Attributes:
        name: file name.
        pixels: uint8 [H, W, 3], RGB, upright.
        boxes_xyxy: float32 [K, 4], pixels of `pixels`.
        class_ids: int64 [K]; IGNORED for some.
    """

    name: str
    pixels: NDArray[np.uint8]
    boxes_xyxy: NDArray[np.float32]
    class_ids: NDArray[np.int64]

    @property
    def objects(self) -> int:
        """Number of boxes that are not ignored."""
        return int((self.class_ids != IGNORED).sum())
