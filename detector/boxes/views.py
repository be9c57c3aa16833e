"""Selects among the candidates of several views of an image: the whole, and tiles that cut it.

The steps, for one caller:

1. In each view, what `select` does: scores, labels, NMS.
2. A box that ends where its tile ends is a part of an object: it is dropped, after it has suppressed the other boxes of
   that part. The next tile, which overlaps the first, or the whole image shows the object whole.
3. Over all views, what `select` does: of the boxes that several views find for an object, NMS keeps the best.

Joining parts, in place of the second step, finds nothing more; docs/tiles.md has the measurements.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.filters import Criteria, Dropped, Sifted, sift
from detector.boxes.nms import Overlaps

# Bounds of the work for one caller; it gets 300 objects at most.
MAX_RANKED_PER_VIEW = 1_000  # candidates that NMS sees in a view
MAX_PER_VIEW = 300  # objects that a view contributes
NOTHING_SIFTED = Sifted(np.empty(0, np.intp), Dropped())


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The candidates of a model in one or more views of an image. They are sorted once, for all callers.

    Attributes:
        ranked: those of all views, best first.
        views: [N] the index of the view of each; None if there is one view.
        view_count: the number of views.
    """

    ranked: Candidates
    views: NDArray[np.intp] | None
    view_count: int

    @classmethod
    def join(cls, views: Sequence[Candidates]) -> "Seen":
        """Joins the candidates of one or more views."""
        if len(views) == 1:
            return cls(views[0].sort_by_score(), None, 1)
        joined = Candidates.join(views)
        order = np.argsort(-joined.scores, kind="stable")
        indices = np.repeat(np.arange(len(views)), [len(view) for view in views])
        return cls(replace(joined.take(order), not_listed=joined.not_listed), indices[order], len(views))

    def __len__(self) -> int:
        return len(self.ranked) + self.ranked.not_listed

    def sift(self, criteria: Criteria, labels: Sequence[str]) -> Sifted:
        """The candidates that step 1 compares; none if there is one view."""
        if self.views is None:
            return NOTHING_SIFTED
        of_any_size = replace(criteria, width=0.0, height=0.0, max_width=1.0, max_height=1.0)
        return sift(self.ranked, of_any_size, labels, max_doubtful=None)

    def merge(self, sifted: Sifted, criteria: Criteria, max_ranked: int) -> tuple[Candidates, Dropped]:
        """Takes the steps 1 and 2. Returns candidates for step 3, best first, and the number that each step dropped.

        Args:
            sifted: see sift.
            criteria: the candidates to keep.
            max_ranked: the number of best candidates that are compared.
        """
        if self.views is None:
            return self.ranked, Dropped()
        compared = sifted.indices[:max_ranked]
        views = self.views[compared]
        kept, overlapping = [], 0
        for view in np.unique(views):
            its = compared[views == view][:MAX_RANKED_PER_VIEW]
            overlaps = Overlaps(self.ranked.take(its), criteria.iou, per_class=criteria.per_class)
            best, dropped = overlaps.suppress(MAX_PER_VIEW)
            kept.append(its[best])
            overlapping += dropped
        found = self.ranked.take(np.sort(np.concatenate([*kept, np.empty(0, np.intp)])))
        whole = found.whole()
        return whole, replace(
            sifted.dropped,
            nms=overlapping,
            tiles=len(found) - len(whole),
            max_results=len(sifted.indices) - overlapping - len(found),
        )
