"""Filters a model's candidates: by score, type, size, NMS, zones and maxResults, always in this order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.label_rules import EVERY_LABEL, LabelRules
from detector.boxes.nms import Overlaps
from detector.boxes.zones import Zone, in_zones

# NMS sees only the best candidates: a threshold of 0 leaves hundreds of thousands.
MAX_RANKED = 5_000

# Only the best of what NMS keeps are located in zones, and only the best near a zone that it alone may admit.
MAX_LOCATED = 500
MAX_DOUBTFUL = 2_000


@dataclass(frozen=True, slots=True)
class Criteria:
    """The criteria of one caller.

    Attributes:
        score: minimum score of labels without a threshold of their own, 0..1.
        width, height: minimum size, fractions of the image.
        iou: NMS threshold, 0..1.
        per_class: True if only boxes of the same class suppress each other.
        max_results: maximum number of results.
        max_width, max_height: maximum size, fractions of the image.
        labels: the labels that count, and their own thresholds.
        zones: parts of the image, with rules of their own. A box that a zone's rules admit is kept in the zone, even if
            the rules here do not admit it.
        only_zones: True to keep only boxes that lie in a zone and count there.
    """

    score: float
    width: float
    height: float
    iou: float
    per_class: bool
    max_results: int
    max_width: float = 1.0
    max_height: float = 1.0
    labels: LabelRules = EVERY_LABEL
    zones: tuple[Zone, ...] = ()
    only_zones: bool = False

    def min_score(self, labels: Sequence[str]) -> float:
        """The minimum score with which a candidate of a model with these labels may be kept."""
        own = self.labels.min_score(labels, self.score)
        return min([own, *(zone.labels.min_score(labels, zone.score) for zone in self.zones)])


@dataclass(frozen=True, slots=True)
class Dropped:
    """The number of candidates that each step dropped."""

    score: int = 0
    type: int = 0
    tiles: int = 0
    size: int = 0
    nms: int = 0
    zones: int = 0
    max_results: int = 0


def select(
    candidates: Candidates, criteria: Criteria, labels: Sequence[str], max_ranked: int = MAX_RANKED
) -> tuple[Candidates, Dropped]:
    """The candidates that meet the criteria, best first, and the number that each step dropped.

    Args:
        candidates: boxes in fractions of the image, clipped to it.
        criteria: the candidates to keep.
        labels: the model's labels, in class order.
        max_ranked: the number of best candidates that NMS sees.
    """
    rules = criteria.labels.by_class(labels, criteria.score)
    scored, counting = rules.score_mask(candidates), rules.count(candidates)
    if criteria.zones:
        admitted = _admitted_in_zones(candidates, ~(scored & counting), criteria, labels)
        scored, counting = np.asarray(scored | admitted), np.asarray(counting | admitted)
    wanted = candidates.take(np.flatnonzero(scored & counting))
    sized = wanted.take(_size_mask(wanted, criteria))
    ranked = sized.best(max_ranked).sort_by_score()
    kept, found, overlapping = _suppressed(ranked, criteria, labels)
    outside = kept - len(found)
    best = found.take(np.arange(min(len(found), criteria.max_results)))
    return best, Dropped(
        score=candidates.not_listed + len(candidates) - int(np.count_nonzero(scored)),
        type=int(np.count_nonzero(scored)) - len(wanted),
        size=len(wanted) - len(sized),
        nms=overlapping,
        zones=outside,
        max_results=len(sized) - overlapping - outside - len(best),
    )


def _suppressed(ranked: Candidates, criteria: Criteria, labels: Sequence[str]) -> tuple[int, Candidates, int]:
    """The number of candidates that NMS keeps, those of them that may be results, and the number that it drops.

    NMS stops once there are enough results; with `only_zones`, once enough lie in zones.
    """
    overlaps = Overlaps(ranked, criteria.iou, per_class=criteria.per_class)
    kept: NDArray[np.intp] = np.empty(0, np.intp)
    if not criteria.only_zones:
        kept, dropped = overlaps.suppress(criteria.max_results)
        return len(kept), ranked.take(kept), dropped
    found = kept
    for more in overlaps.survivors():
        located = more[: MAX_LOCATED - len(kept)]
        inside = in_zones(ranked.take(located), criteria.zones, labels).any(axis=1)
        found = np.concatenate([found, located[inside]])[: criteria.max_results]
        kept = np.concatenate([kept, located])
        if len(found) >= criteria.max_results or len(kept) >= MAX_LOCATED:
            break
    if len(found) == criteria.max_results:
        kept = kept[kept <= found[-1]]
    return len(kept), ranked.take(found), overlaps.count_dropped(kept)


def _admitted_in_zones(
    candidates: Candidates, doubtful: NDArray[np.bool_], criteria: Criteria, labels: Sequence[str]
) -> NDArray[np.bool_]:
    """A mask [N] of the candidates that count by the rules of a zone in which they lie.

    Args:
        candidates, criteria, labels: see select.
        doubtful: a mask [N] of the candidates that do not count by the criteria's own rules.
    """
    admitted = np.zeros(len(candidates), np.bool_)
    for zone in criteria.zones:
        if zone.score == criteria.score and zone.labels == criteria.labels:
            continue
        near = zone.near_mask(candidates.boxes_xyxy)
        asked = np.flatnonzero(doubtful & near & ~admitted & zone.admits(candidates, labels))
        if len(asked) > MAX_DOUBTFUL:
            asked = asked[np.argpartition(-candidates.scores[asked], MAX_DOUBTFUL)[:MAX_DOUBTFUL]]
        admitted[asked] = zone.holds(candidates.boxes_xyxy[asked])
    return admitted


def _size_mask(candidates: Candidates, criteria: Criteria) -> NDArray[np.bool_]:
    """A mask [N] of the candidates whose size is within the bounds; a box without area never is."""
    width, height = (candidates.boxes_xyxy[:, 2:] - candidates.boxes_xyxy[:, :2]).T
    return np.asarray(
        (width >= criteria.width)
        & (height >= criteria.height)
        & (width <= criteria.max_width)
        & (height <= criteria.max_height)
        & (width > 0)
        & (height > 0)
    )
