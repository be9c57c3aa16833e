"""Selects among the candidates of one image for several callers, who share the work."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.filters import MAX_RANKED, Criteria, Dropped, sift, suppress
from detector.boxes.nms import Ious, Overlaps
from detector.boxes.views import Seen

MAX_SHARED = 700  # boxes whose IoUs are computed at once, 4 MB
MIN_USES = 4  # callers per box on average from which that is faster


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

    NMS sees the best MAX_RANKED candidates of all callers together, so that many callers cost no more than one. Those
    who need fewer than their share leave the rest to the others.
    """
    merged = [each.seen.merge(each.criteria, each.labels) for each in callers]
    sifted = [sift(found, each.criteria, each.labels) for (found, _), each in zip(merged, callers, strict=True)]
    share = fair_share([len(each.indices) for each in sifted], MAX_RANKED)
    ious = shared_ious([found for found, _ in merged], [each.indices[:share] for each in sifted])
    answers = []
    for (found, before), left, each in zip(merged, sifted, callers, strict=True):
        best, criteria = left.indices[:share], each.criteria
        its = ious.get(id(found))
        overlaps = Overlaps(
            found.take(best), criteria.iou, per_class=criteria.per_class, ious=its, indices=best if its else None
        )
        kept, dropped = suppress(overlaps, left, criteria, each.labels)
        answers.append((kept, before + dropped))
    return answers


def shared_ious(found: Sequence[Candidates], ranked: Sequence[NDArray[np.intp]]) -> dict[int, Ious]:
    """The IoUs that several callers need, by the id of the candidates.

    Args:
        found: the candidates of each caller.
        ranked: the indices of those that its NMS sees, ascending.
    """
    by_found: dict[int, list[int]] = {}
    for caller, each in enumerate(found):
        by_found.setdefault(id(each), []).append(caller)
    ious = {}
    for key, its in by_found.items():
        union = np.unique(np.concatenate([ranked[caller] for caller in its]))
        if len(union) <= MAX_SHARED and sum(len(ranked[caller]) for caller in its) >= MIN_USES * len(union):
            ious[key] = Ious(found[its[0]].boxes_xyxy, union)
    return ious


def fair_share(counts: Sequence[int], total: int) -> int:
    """The largest number of things for each that does not exceed the total; who needs fewer leaves the rest."""
    left = total
    for index, count in enumerate(sorted(counts)):
        share = left // (len(counts) - index)
        if count > share:
            return share
        left -= count
    return total
