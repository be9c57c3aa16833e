"""Selects among the candidates of several views of an image: the whole, and tiles that cut it.

The steps, for one caller:

1. In each view, what `select` does: scores, labels, NMS.
2. A box that ends where its tile ends is a part of an object: it is dropped, after it has suppressed the other boxes of
   that part. The next tile, which overlaps the first, or the whole image shows the object whole.
3. Over all views, what `select` does: of the boxes that several views find for an object, NMS keeps the best.

Joining parts, in place of the second step, finds nothing more; docs/tiles.md has the measurements.
"""

from collections.abc import Sequence
from dataclasses import astuple, replace

from detector.boxes.candidates import Candidates
from detector.boxes.filters import Criteria, Dropped, select

# Bounds of the work for one caller; it gets 300 objects at most.
MAX_RANKED_PER_VIEW = 1_000  # candidates that NMS sees in a view
MAX_PER_VIEW = 300  # objects that a view contributes


def select_from_views(
    views: Sequence[Candidates], criteria: Criteria, labels: Sequence[str]
) -> tuple[Candidates, Dropped]:
    """The candidates of one or more views that meet the criteria, best first, and the number that each step dropped.

    Args:
        views: see `select`.
        criteria: the candidates to keep.
        labels: the model's labels, in class order.
    """
    if len(views) == 1:
        return select(views[0], criteria, labels)
    anything = replace(
        criteria,
        width=0.0,
        height=0.0,
        max_width=1.0,
        max_height=1.0,
        max_results=MAX_PER_VIEW,
        zones=tuple(zone.everywhere() for zone in criteria.zones),
        only_zones=False,
    )
    seen = [select(view, anything, labels, MAX_RANKED_PER_VIEW) for view in views]
    whole = Candidates.join([found.whole() for found, _ in seen])
    kept, dropped = select(whole, criteria, labels)
    cut = sum(len(found) for found, _ in seen) - len(whole)
    steps = [*(dropped for _, dropped in seen), Dropped(tiles=cut), dropped]
    return kept, Dropped(*(sum(counts) for counts in zip(*map(astuple, steps), strict=True)))
