"""Non-maximum suppression for several callers, who share the comparisons of boxes.

Few pairs of boxes overlap by more than a threshold, so the callers go through a list of those, in place of a matrix.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.nms import AT_ONCE, BLOCK, NOTHING, Indices, Ious, Overlaps


class ClosePairs:
    """The pairs among some candidates whose IoU exceeds a threshold."""

    def __init__(self, candidates: Candidates, compared: Indices, iou_threshold: float) -> None:
        """Compares boxes.

        Args:
            candidates: N candidates, best first.
            compared: indices of those that are compared, ascending.
            iou_threshold: 0..1, of the caller with the lowest.
        """
        ious = Ious(candidates.boxes_xyxy)
        better, worse, values = [NOTHING], [NOTHING], [np.empty(0)]
        for start in range(0, len(compared), AT_ONCE):
            these, others = compared[start : start + AT_ONCE], compared[start:]
            block = ious.of(these, others)
            rows, columns = np.nonzero(block > iou_threshold)
            once = columns > rows
            rows, columns = rows[once], columns[once]
            better.append(these[rows])
            worse.append(others[columns])
            values.append(block[rows, columns])
        self._count = len(candidates)
        self._better, self._worse = np.concatenate(better), np.concatenate(worse)
        self._ious = np.concatenate(values)
        self._are_alike = candidates.class_ids[self._better] == candidates.class_ids[self._worse]

    def among(self, ranked: Indices, iou_threshold: float, *, per_class: bool) -> tuple[Indices, Indices]:
        """The pairs that overlap too much, by the better one; both numbers of a pair are places among the ranked.

        Args:
            ranked: indices of some of the compared candidates, ascending.
            iou_threshold: 0..1, at least that of all.
            per_class: True to leave out pairs of different classes.
        """
        close = self._ious > iou_threshold
        if per_class:
            close &= self._are_alike
        places = np.full(self._count, -1)
        places[ranked] = np.arange(len(ranked))
        better, worse = places[self._better[close]], places[self._worse[close]]
        both = (better >= 0) & (worse >= 0)
        return better[both], worse[both]


class SharedOverlaps(Overlaps):
    """Overlaps of one caller, from the pairs of all callers. Its results are those of Overlaps."""

    def __init__(
        self, candidates: Candidates, ranked: Indices, pairs: ClosePairs, iou_threshold: float, *, per_class: bool
    ) -> None:
        """Selects the caller's pairs.

        Args:
            candidates: those of all callers, best first.
            ranked: indices of the caller's N, ascending.
            pairs: of the candidates.
            iou_threshold, per_class: see Overlaps.
        """
        super().__init__(candidates.take(ranked), iou_threshold, per_class=per_class)
        self._better, self._worse = pairs.among(ranked, iou_threshold, per_class=per_class)

    def survivors(self) -> Iterator[Indices]:
        """See Overlaps."""
        stays = np.ones(self._count, np.bool_)
        starts = np.flatnonzero(np.diff(self._better, prepend=-1))
        for start, end in pairwise([*starts.tolist(), len(self._better)]):
            if stays[self._better[start]]:
                stays[self._worse[start:end]] = False
        kept = np.flatnonzero(stays)
        for start in range(0, len(kept), BLOCK):
            yield kept[start : start + BLOCK]

    def _overlapped(self, kept: Indices, others: Indices) -> NDArray[np.bool_]:
        are_kept, overlapped = np.zeros((2, self._count), np.bool_)
        are_kept[kept] = True
        overlapped[self._worse[are_kept[self._better]]] = True
        return overlapped[others]
