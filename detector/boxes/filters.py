"""Filters a model's candidates: by score, type, size, NMS, zones and maxResults, always in this order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.label_rules import EVERY_LABEL, LabelRules
from detector.boxes.nms import Overlaps
from detector.boxes.zones import Zone, in_zones

# NMS sees only the best candidates: a threshold of 0 leaves hundreds of thousands.
MAX_RANKED = 5_000

# Zones are costly: only the best that NMS keeps, and the best that a zone alone may admit, are located in them.
MAX_LOCATED = 500
MAX_DOUBTFUL = 2_000  # for one zone


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

    def __add__(self, other: "Dropped") -> "Dropped":
        """Adds up what each step dropped."""
        return Dropped(
            self.score + other.score,
            self.type + other.type,
            self.tiles + other.tiles,
            self.size + other.size,
            self.nms + other.nms,
            self.zones + other.zones,
            self.max_results + other.max_results,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Sifted:
    """The candidates that meet the criteria before NMS.

    Attributes:
        indices: their indices, ascending.
        dropped: the number that each step has dropped.
    """

    indices: NDArray[np.intp]
    dropped: Dropped


def select(candidates: Candidates, criteria: Criteria, labels: Sequence[str]) -> tuple[Candidates, Dropped]:
    """The candidates that meet the criteria, best first, and the number that each step dropped.

    Args:
        candidates: boxes in fractions of the image, clipped to it.
        criteria: the candidates to keep.
        labels: the model's labels, in class order.
    """
    ranked = candidates.sort_by_score()
    sifted = sift(ranked, criteria, labels)
    best = ranked.take(sifted.indices[:MAX_RANKED])
    return suppress(Overlaps(best, criteria.iou, per_class=criteria.per_class), sifted, criteria, labels)


def sift(
    candidates: Candidates,
    criteria: Criteria,
    labels: Sequence[str],
    *,
    max_doubtful: int | None = MAX_DOUBTFUL,
) -> Sifted:
    """Takes the steps before NMS: scores, labels and sizes.

    Args:
        candidates: see select; best first.
        criteria, labels: see select.
        max_doubtful: the number of candidates per zone that are located in it because it alone may admit them; None to
            admit all that meet any zone's rules, wherever they lie.
    """
    rules = criteria.labels.by_class(labels, criteria.score)
    scored, counting = rules.score_mask(candidates), rules.count(candidates)
    if criteria.zones:
        admitted = _admitted_in_zones(candidates, ~(scored & counting), criteria, labels, max_doubtful)
        scored, counting = np.asarray(scored | admitted), np.asarray(counting | admitted)
    wanted = scored & counting
    sized = np.flatnonzero(wanted & _size_mask(candidates, criteria))
    high, right = int(np.count_nonzero(scored)), int(np.count_nonzero(wanted))
    too_low = candidates.not_listed + len(candidates) - high
    return Sifted(sized, Dropped(score=too_low, type=high - right, size=right - len(sized)))


def suppress(
    overlaps: Overlaps, sifted: Sifted, criteria: Criteria, labels: Sequence[str], max_located: int = MAX_LOCATED
) -> tuple[Candidates, Dropped]:
    """Takes the other steps: NMS, zones and maxResults. Returns what `select` does.

    Args:
        overlaps: of the best of the candidates that are left.
        sifted: all that are left.
        criteria, labels: see select.
        max_located: the number of candidates that are located in zones, if only those in zones are kept.
    """
    kept, found, overlapping = _suppressed(overlaps, criteria, labels, max_located)
    outside = kept - len(found)
    best = found.take(np.arange(min(len(found), criteria.max_results)))
    return best, replace(
        sifted.dropped,
        nms=overlapping,
        zones=outside,
        max_results=len(sifted.indices) - overlapping - outside - len(best),
    )


def _suppressed(
    overlaps: Overlaps, criteria: Criteria, labels: Sequence[str], max_located: int
) -> tuple[int, Candidates, int]:
    """The number of candidates that NMS keeps, those of them that may be results, and the number that it drops.

    NMS stops once there are enough results; with `only_zones`, once enough lie in zones.
    """
    ranked = overlaps.ranked
    kept: NDArray[np.intp] = np.empty(0, np.intp)
    if not criteria.only_zones:
        kept, dropped = overlaps.suppress(criteria.max_results)
        return len(kept), ranked.take(kept), dropped
    found = kept
    for more in overlaps.survivors():
        located = more[: max_located - len(kept)]
        inside = in_zones(ranked.take(located), criteria.zones, labels).any(axis=1)
        found = np.concatenate([found, located[inside]])[: criteria.max_results]
        kept = np.concatenate([kept, located])
        if len(found) >= criteria.max_results or len(kept) >= max_located:
            break
    if len(found) == criteria.max_results:
        kept = kept[kept <= found[-1]]
    return len(kept), ranked.take(found), overlaps.count_dropped(kept)


def _admitted_in_zones(
    candidates: Candidates,
    doubtful: NDArray[np.bool_],
    criteria: Criteria,
    labels: Sequence[str],
    max_doubtful: int | None,
) -> NDArray[np.bool_]:
    """A mask [N] of the candidates that count by the rules of a zone in which they lie.

    Args:
        candidates, criteria, labels, max_doubtful: see sift.
        doubtful: a mask [N] of the candidates that do not count by the criteria's own rules.
    """
    admitted = np.zeros(len(candidates), np.bool_)
    for zone in criteria.zones:
        if zone.score == criteria.score and zone.labels == criteria.labels:
            continue
        asked = doubtful & ~admitted & zone.admits(candidates, labels)
        if max_doubtful is None:
            admitted |= asked
        else:
            best = np.flatnonzero(asked & zone.near_mask(candidates.boxes_xyxy))[:max_doubtful]
            admitted[best] = zone.holds(candidates.boxes_xyxy[best])
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
