"""Selects among the candidates of several views of one image: the whole, and tiles of it.

The steps, for one caller:

1. `select` filters each view by scores, labels and NMS. Zones come later, when parts have been merged.
2. A box that ends at a tile's edge may be a part of an object. It is dropped if a box that is cut on fewer sides covers
   it.
3. Two remaining parts on both sides of an edge are merged if they agree on their other two sides.
4. `select` filters all views together, so that an object in several views is listed once.
"""

from collections.abc import Sequence
from dataclasses import astuple, replace

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.filters import Criteria, Dropped, select
from detector.boxes.geometry import area, intersections

# Bounds of the work for one caller, who gets at most 300 objects.
MAX_RANKED_PER_VIEW = 1_000  # candidates that NMS sees per view
MAX_PER_VIEW = 300  # objects per view
MAX_MERGED = 1_000  # objects that are compared with each other

MIN_COVERED = 0.5  # the share of a part that lies in the whole
MAX_GAP = 0.1  # between two parts of one object, as a share of the shorter
MIN_AGREEMENT = 0.5  # of two parts of one object on its other two sides, as intersection over union
LEFT, TOP, RIGHT, BOTTOM = range(4)


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
    joined = Candidates.joined([kept for kept, _ in seen])
    whole = merge_parts(joined.best(MAX_MERGED).ranked(), per_class=criteria.per_class)
    kept, dropped = select(whole, criteria, labels)
    steps = [dropped for _, dropped in seen] + [dropped, Dropped(tiles=len(joined) - len(whole))]
    return kept, Dropped(*(sum(counts) for counts in zip(*map(astuple, steps), strict=True)))


def merge_parts(candidates: Candidates, *, per_class: bool) -> Candidates:
    """The candidates without those that are parts of others.

    Args:
        candidates: N boxes, best first.
        per_class: True if only boxes of the same class are parts of each other.
    """
    merged = _drop_covered(candidates, per_class=per_class)
    for near, far in ((RIGHT, LEFT), (BOTTOM, TOP)):
        merged = _join(merged, near, far, per_class=per_class)
    return _drop_covered(merged, per_class=per_class)


def _drop_covered(candidates: Candidates, *, per_class: bool) -> Candidates:
    """Drops candidates that are covered by another that is cut on fewer sides."""
    cuts = candidates.cut.sum(axis=1)
    cut = np.flatnonzero(cuts)
    if not cut.size:
        return candidates
    parts = candidates.boxes_xyxy[cut]
    shared = intersections(parts, candidates.boxes_xyxy) > MIN_COVERED * area(parts)[:, np.newaxis]
    shared &= cuts[np.newaxis] < cuts[cut, np.newaxis]
    if per_class:
        shared &= candidates.class_ids[np.newaxis] == candidates.class_ids[cut, np.newaxis]
    stays = np.ones(len(candidates), np.bool_)
    stays[cut] = ~shared.any(axis=1)
    return candidates.take(stays)


def _join(candidates: Candidates, near: int, far: int, *, per_class: bool) -> Candidates:
    """Joins candidates that a tile's edge has cut apart.

    Args:
        candidates: N boxes.
        near, far: the side at which the first of a pair is cut, and that of the second: right and left, or bottom and
            top.
        per_class: see merge_parts.
    """
    boxes, cut_sides = candidates.boxes_xyxy, candidates.cut
    firsts, seconds = np.flatnonzero(cut_sides[:, near]), np.flatnonzero(cut_sides[:, far])
    if not (firsts.size and seconds.size):
        return candidates
    agreement = _agreement(boxes[firsts], boxes[seconds], near, far)
    if per_class:
        agreement[candidates.class_ids[firsts, np.newaxis] != candidates.class_ids[seconds]] = 0.0
    choices, chosen_by = agreement.argmax(axis=1), agreement.argmax(axis=0)
    mutual = chosen_by[choices] == np.arange(len(firsts))
    mutual &= agreement[np.arange(len(firsts)), choices] >= MIN_AGREEMENT
    following = dict(zip(firsts[mutual].tolist(), seconds[choices[mutual]].tolist(), strict=True))
    boxes, cut_sides, scores = boxes.copy(), cut_sides.copy(), candidates.scores.copy()
    for start in sorted(following.keys() - set(following.values())):
        chain = [start]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        boxes[start, :2], boxes[start, 2:] = boxes[chain, :2].min(axis=0), boxes[chain, 2:].max(axis=0)
        ends = cut_sides[chain[-1], near], cut_sides[start, far]
        cut_sides[start] = cut_sides[chain].any(axis=0)
        cut_sides[start, [near, far]] = ends
        scores[start] = scores[chain].max()
    stays = np.setdiff1d(np.arange(len(candidates)), list(following.values()))
    return replace(candidates, boxes_xyxy=boxes, scores=scores, cut_sides=cut_sides).take(stays)


def _agreement(firsts: NDArray[np.float64], seconds: NDArray[np.float64], near: int, far: int) -> NDArray[np.float64]:
    """The agreement [N, M], 0..1, of boxes [N, 4] with others [M, 4] that may continue them; 0 if they do not touch.

    Args:
        firsts, seconds: boxes.
        near, far: see _join.
    """
    low, high = 1 - far, 3 - far
    shared = np.minimum.outer(firsts[:, high], seconds[:, high]) - np.maximum.outer(firsts[:, low], seconds[:, low])
    both = np.maximum.outer(firsts[:, high], seconds[:, high]) - np.minimum.outer(firsts[:, low], seconds[:, low])
    shorter = np.minimum.outer(firsts[:, near] - firsts[:, far], seconds[:, near] - seconds[:, far])
    touch = np.subtract.outer(firsts[:, near], seconds[:, far]) >= -MAX_GAP * shorter
    follow = np.less.outer(firsts[:, near], seconds[:, near]) & np.less.outer(firsts[:, far], seconds[:, far])
    ratios = np.divide(shared, both, out=np.zeros_like(both), where=touch & follow & (both > 0))
    return np.asarray(np.maximum(ratios, 0.0), np.float64)
