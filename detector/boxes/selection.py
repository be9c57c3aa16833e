"""Selects among the candidates of one image for several callers, which share the work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.close_pairs import ClosePairs, SharedOverlaps
from detector.boxes.filters import MAX_DOUBTFUL, MAX_LOCATED, MAX_RANKED, Criteria, Dropped, sift, suppress
from detector.boxes.nms import Overlaps
from detector.boxes.views import MAX_RANKED_PER_VIEW, Seen

MAX_TESTED = 30_000  # pairs of a candidate and a zone, for all callers
MAX_SHARED = 500  # boxes that are all compared with each other
MIN_USES = 4  # callers per box on average from which that is faster
NOTHING_KNOWN: Mapping[int, ClosePairs] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """The objects that one caller wants.

    Attributes:
        seen: the candidates.
        criteria: the candidates to keep.
        labels: the model's labels, in class order.
    """

    seen: Seen
    criteria: Criteria
    labels: Sequence[str]


def select_each(callers: Sequence[Wanted]) -> list[tuple[Candidates, Dropped]]:
    """For each caller, the candidates that meet its criteria, best first, and the number that each step dropped.

    NMS sees the best MAX_RANKED candidates of all callers together, so that many callers cost no more than one. Callers
    that need fewer than their share leave the rest to others; callers that need the same few are not limited. Zones
    are shared in the same way. Callers that want the same get the same answer.
    """
    firsts = first_alike(callers)
    distinct = sorted(set(firsts))
    answers = dict(zip(distinct, _select_distinct([callers[caller] for caller in distinct]), strict=True))
    return [answers[first] for first in firsts]


def first_alike(callers: Sequence[Wanted]) -> list[int]:
    """For each caller, the index of the first one that wants the same."""

    def wants_the_same(one: Wanted, other: Wanted) -> bool:
        return one.seen is other.seen and one.labels is other.labels and one.criteria == other.criteria

    return [
        next(first for first, other in enumerate(callers) if other is each or wants_the_same(other, each))
        for each in callers
    ]


def _select_distinct(callers: Sequence[Wanted]) -> list[tuple[Candidates, Dropped]]:
    """Does the same as select_each for callers of which no two want the same."""
    zones = sum(len(each.criteria.zones) for each in callers)
    max_doubtful, max_located = (min(each, MAX_TESTED // max(1, zones)) for each in (MAX_DOUBTFUL, MAX_LOCATED))
    merged = merge_views(callers)
    sifted = [
        sift(found, each.criteria, each.labels, max_doubtful=max_doubtful)
        for (found, _), each in zip(merged, callers, strict=True)
    ]
    candidates = [found for found, _ in merged]
    thresholds = [each.criteria.iou for each in callers]
    ranked = [each.indices for each in sifted]
    pairs = shared_pairs(candidates, ranked, thresholds)
    limited = [caller for caller, found in enumerate(candidates) if id(found) not in pairs]
    share = fair_share([len(ranked[caller]) for caller in limited], MAX_RANKED)
    for caller in limited:
        ranked[caller] = ranked[caller][:share]
    pairs = shared_pairs(candidates, ranked, thresholds, pairs)
    answers = []
    for (found, before), left, best, each in zip(merged, sifted, ranked, callers, strict=True):
        iou, per_class = each.criteria.iou, each.criteria.per_class
        if id(found) in pairs:
            overlaps: Overlaps = SharedOverlaps(found, best, pairs[id(found)], iou, per_class=per_class)
        else:
            overlaps = Overlaps(found.take(best), iou, per_class=per_class)
        kept, dropped = suppress(overlaps, left, each.criteria, each.labels, max_located)
        answers.append((kept, before + dropped))
    return answers


def merge_views(callers: Sequence[Wanted]) -> list[tuple[Candidates, Dropped]]:
    """For each caller, the candidates that are left of all views, best first, and the number that each step dropped.

    Callers with the same views share MAX_RANKED_PER_VIEW candidates per view.
    """
    sifted = [each.seen.sift(each.criteria, each.labels) for each in callers]
    shares = {}
    for its in groups([each.seen for each in callers]):
        seen = callers[its[0]].seen
        total = MAX_RANKED_PER_VIEW * seen.view_count
        shares[id(seen)] = min(MAX_RANKED, fair_share([len(sifted[caller].indices) for caller in its], total))
    return [
        each.seen.merge(left, each.criteria, shares[id(each.seen)]) for left, each in zip(sifted, callers, strict=True)
    ]


def groups(things: Sequence[object]) -> list[list[int]]:
    """The indices of equal items, group by group."""
    found: dict[int, list[int]] = {}
    for index, each in enumerate(things):
        found.setdefault(id(each), []).append(index)
    return list(found.values())


def shared_pairs(
    found: Sequence[Candidates],
    ranked: Sequence[NDArray[np.intp]],
    thresholds: Sequence[float],
    known: Mapping[int, ClosePairs] = NOTHING_KNOWN,
) -> dict[int, ClosePairs]:
    """The pairs that several callers need, by the id of the candidates, if they need the same few.

    Args:
        found: the candidates of each caller.
        ranked: the indices of those that its NMS sees, ascending.
        thresholds: of its NMS.
        known: pairs that have been computed.
    """
    pairs = dict(known)
    for its in groups(found):
        candidates = found[its[0]]
        if len(its) < MIN_USES or id(candidates) in pairs:
            continue
        union = np.unique(np.concatenate([ranked[caller] for caller in its]))
        if len(union) <= MAX_SHARED and sum(len(ranked[caller]) for caller in its) >= MIN_USES * len(union):
            pairs[id(candidates)] = ClosePairs(candidates, union, min(thresholds[caller] for caller in its))
    return pairs


def fair_share(counts: Sequence[int], total: int) -> int:
    """The largest equal share that keeps the sum within the total; callers that need less leave the rest to others."""
    left = total
    for index, count in enumerate(sorted(counts)):
        share = left // (len(counts) - index)
        if count > share:
            return share
        left -= count
    return total
