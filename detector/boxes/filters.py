"""Filters a model's candidates: by score, type, size, NMS and maxResults, always in this order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.label_rules import EVERY_LABEL, LabelRules
from detector.boxes.nms import suppress

# NMS looks at no more than this many of the best candidates; a threshold of 0 leaves hundreds of thousands of others.
MOST_RANKED = 10_000


@dataclass(frozen=True, slots=True)
class Criteria:
    """The criteria of one caller.

    Attributes:
        score: minimum score of labels without a threshold of their own, 0..1.
        width, height: minimum size, fractions of the image.
        iou: NMS threshold, 0..1.
        per_class: whether only boxes of one class suppress each other.
        max_results: maximum number of results.
        max_width, max_height: maximum size, fractions of the image.
        labels: which labels count, and their own thresholds.
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

    def lowest_score(self, labels: Sequence[str]) -> float:
        """The lowest score with which a candidate of a model with these labels may be kept."""
        return self.labels.lowest_score(labels, self.score)


@dataclass(frozen=True, slots=True)
class Dropped:
    """The number of candidates that each step dropped."""

    score: int = 0
    type: int = 0
    tiles: int = 0
    size: int = 0
    nms: int = 0
    max_results: int = 0


def select(
    candidates: Candidates, criteria: Criteria, labels: Sequence[str], most_ranked: int = MOST_RANKED
) -> tuple[Candidates, Dropped]:
    """The candidates that meet the criteria, best first, and what became of the others.

    Args:
        candidates: boxes in fractions of the image, clipped to it.
        criteria: what to keep.
        labels: the model's, in class order.
        most_ranked: how many of the best NMS looks at.
    """
    rules = criteria.labels.by_class(labels, criteria.score)
    scored = candidates.take(rules.score_enough(candidates))
    counting = rules.counted(scored)
    sized = counting.take(_have_size(counting, criteria))
    ranked = sized.best(most_ranked).ranked()
    kept, overlapping = suppress(ranked, criteria.iou, per_class=criteria.per_class, max_results=criteria.max_results)
    return ranked.take(kept), Dropped(
        score=candidates.not_listed + len(candidates) - len(scored),
        type=len(scored) - len(counting),
        size=len(counting) - len(sized),
        nms=overlapping,
        max_results=len(sized) - overlapping - len(kept),
    )


def _have_size(candidates: Candidates, criteria: Criteria) -> NDArray[np.bool_]:
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
