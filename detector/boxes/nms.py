"""Non-maximum suppression."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.geometry import area

BLOCK = 128  # candidates that are compared at once; with more, many comparisons would be needless
BEHIND = np.triu(np.ones((BLOCK, BLOCK), np.bool_), 1)
AT_ONCE = 32  # boxes that are compared with all others at once, so that the numbers fit into the cache
# Pairs of a kept box and a candidate after the last kept one that are compared to count dropped ones.
MAX_COUNTED = 20_000

Indices = NDArray[np.intp]
NOTHING: Indices = np.empty(0, np.intp)


class Ious:
    """The IoUs of N boxes, computed when they are needed."""

    def __init__(self, boxes_xyxy: NDArray[np.float64]) -> None:
        """Compares nothing yet; boxes are [N, 4]."""
        self._sides = boxes_xyxy.T.copy()  # comparing columns is several times faster than comparing rows
        self._areas = area(boxes_xyxy)

    def of(self, these: Indices, others: Indices) -> NDArray[np.float64]:
        """The IoUs [these, others] of boxes with others.

        The values are those of geometry.iou, except that disjoint boxes have negative ones.
        """
        left, top, right, bottom = self._sides[:, these, None]
        other_left, other_top, other_right, other_bottom = self._sides[:, others]
        shared = np.minimum(right, other_right)
        shared -= np.maximum(left, other_left)
        np.maximum(shared, 0.0, out=shared)
        heights = np.minimum(bottom, other_bottom)
        heights -= np.maximum(top, other_top)
        shared *= heights
        union = np.add(self._areas[these, None], self._areas[others], out=heights)
        union -= shared
        with np.errstate(invalid="ignore"):
            np.divide(shared, union, out=shared)  # NaN for two empty boxes; no threshold is below it
        return np.asarray(shared)


class Overlaps:
    """Finds which of N candidates overlap too much.

    Greedy NMS keeps the best box, drops those that overlap it by more than the threshold, and repeats.

    Attributes:
        ranked: the candidates, best first.
    """

    def __init__(self, ranked: Candidates, iou_threshold: float, *, per_class: bool) -> None:
        """Compares nothing yet.

        Args:
            ranked: N candidates, best first.
            iou_threshold: 0..1; 1 drops nothing.
            per_class: True if only boxes of the same class suppress each other.
        """
        self.ranked = ranked
        self._count = len(ranked)
        self._threshold = iou_threshold
        self._ious = Ious(ranked.boxes_xyxy)
        self._class_ids = ranked.class_ids.astype(np.int32) if per_class else None

    def suppress(self, max_results: int) -> tuple[Indices, int]:
        """Greedy NMS, until enough boxes are kept.

        Args:
            max_results: maximum number of boxes to keep.

        Returns:
            Indices of the kept boxes [K], best first, and the number of dropped ones; see count_dropped.
        """
        kept = NOTHING
        for more in self.survivors():
            kept = np.concatenate([kept, more])
            if len(kept) >= max_results:
                break
        kept = kept[:max_results]
        return kept, self.count_dropped(kept)

    def survivors(self) -> Iterator[Indices]:
        """Yields the indices of the boxes that greedy NMS keeps, best first, some at a time."""
        kept = NOTHING
        for start in range(0, self._count, BLOCK):
            block = np.arange(start, min(start + BLOCK, self._count))
            if len(kept) and self._threshold < 1:
                block = block[~self._overlapped(kept, block)]
            if self._threshold < 1:
                block = self._without_rivals(block)
            kept = np.concatenate([kept, block])
            yield block

    def count_dropped(self, kept: Indices) -> int:
        """The number of boxes that overlap one of the kept ones and are not kept.

        Boxes after the last kept one are compared only while there are few pairs; the rest are not counted.
        """
        if not len(kept) or self._threshold >= 1:
            return 0
        compared = int(kept[-1]) + 1
        behind = np.arange(compared, min(self._count, compared + MAX_COUNTED // len(kept)))
        falling = int(np.count_nonzero(self._overlapped(kept, behind))) if len(behind) else 0
        return compared - len(kept) + falling

    def _without_rivals(self, block: Indices) -> Indices:
        """The boxes of a block that no better one of it suppresses."""
        pairs = self._pairs(block, block) & BEHIND[: len(block), : len(block)]
        stays = np.ones(len(block), np.bool_)
        for better in np.flatnonzero(pairs.any(axis=1)):
            if stays[better]:
                stays &= ~pairs[better]
        return block[stays]

    def _overlapped(self, kept: Indices, others: Indices) -> NDArray[np.bool_]:
        """A mask [others] of the candidates that overlap a kept one too much."""
        return np.asarray(self._pairs(kept, others).any(axis=0))

    def _pairs(self, better: Indices, others: Indices) -> NDArray[np.bool_]:
        """A mask [better, others] of the pairs that overlap by more than the threshold."""
        overlap = self._ious.of(better, others) > self._threshold
        if self._class_ids is not None:
            overlap &= self._class_ids[better, None] == self._class_ids[others]
        return np.asarray(overlap)
