"""Filters a model's candidates: by score, type, size, NMS and maxResults, always in this order."""

from dataclasses import dataclass

from detector.boxes.candidates import Candidates
from detector.boxes.nms import suppress

# NMS looks at no more than this many of the best candidates; a threshold of 0 leaves hundreds of thousands of others.
MOST_RANKED = 10_000


@dataclass(frozen=True, slots=True)
class Criteria:
    """The criteria of one caller.

    Attributes:
        score: threshold score, 0..1.
        width, height: least size, fractions of the picture.
        iou: NMS threshold, 0..1.
        per_class: whether only boxes of one class suppress each other.
        max_results: how many results at the most.
    """

    score: float
    width: float
    height: float
    iou: float
    per_class: bool
    max_results: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """The number of candidates that each step dropped."""

    score: int = 0
    type: int = 0
    size: int = 0
    nms: int = 0
    max_results: int = 0


def select(candidates: Candidates, criteria: Criteria, class_id: int | None) -> tuple[Candidates, Dropped]:
    """The candidates that meet the criteria, best first, and what became of the others.

    Args:
        candidates: boxes in fractions of the picture, clipped to it.
        criteria: what to keep.
        class_id: the only class wanted; None for every class.
    """
    scored = candidates.take(candidates.scores >= criteria.score)
    wanted = scored if class_id is None else scored.take(scored.class_ids == class_id)
    width, height = (wanted.boxes_xyxy[:, 2:] - wanted.boxes_xyxy[:, :2]).T
    sized = wanted.take((width >= criteria.width) & (height >= criteria.height) & (width > 0) & (height > 0))
    ranked = sized.best(MOST_RANKED).ranked()
    kept, overlapping = suppress(ranked, criteria.iou, per_class=criteria.per_class, max_results=criteria.max_results)
    return ranked.take(kept), Dropped(
        score=candidates.not_listed + len(candidates) - len(scored),
        type=len(scored) - len(wanted),
        size=len(wanted) - len(sized),
        nms=overlapping,
        max_results=len(sized) - overlapping - len(kept),
    )
