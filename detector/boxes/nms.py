"""Non-maximum suppression."""

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.geometry import iou


def suppress(
    ranked: Candidates, iou_threshold: float, *, per_class: bool, max_results: int
) -> tuple[NDArray[np.intp], int]:
    """Greedy NMS: keep the best box, drop those that overlap it by more than the threshold, repeat.

    Args:
        ranked: N candidates, best first.
        iou_threshold: 0..1; 1 drops nothing.
        per_class: whether only boxes of the same class suppress each other.
        max_results: stop once so many are kept.

    Returns:
        Positions of the kept boxes [K], best first, and how many boxes were dropped for overlapping one of them.
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
