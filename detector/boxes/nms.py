"""Non-maximum suppression."""

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.geometry import iou


def suppress(
    ranked: Candidates, iou_threshold: float, *, per_class: bool, max_results: int
) -> tuple[NDArray[np.intp], int]:
    """Greedy NMS: keeps the best box, drops those that overlap it by more than the threshold, repeats.

    Args:
        ranked: N candidates, best first.
        iou_threshold: 0..1; 1 drops nothing.
        per_class: True if only boxes of the same class suppress each other.
        max_results: maximum number of boxes to keep.

    Returns:
        Indices of the kept boxes [K], best first, and the number of boxes dropped because they overlap one of them.
    """
    kept: list[int] = []
    dropped = 0
    waiting = np.arange(len(ranked))
    while len(waiting) and len(kept) < max_results:
        best, waiting = waiting[0], waiting[1:]
        kept.append(int(best))
        overlaps = iou(ranked.boxes_xyxy[best], ranked.boxes_xyxy[waiting]) > iou_threshold
        if per_class:
            overlaps &= ranked.class_ids[waiting] == ranked.class_ids[best]
        dropped += int(overlaps.sum())
        waiting = waiting[~overlaps]
    return np.array(kept, np.intp), dropped
