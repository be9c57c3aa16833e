"""detector/boxes/close_pairs.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.boxes.candidates import Candidates
from detector.boxes.close_pairs import ClosePairs, SharedOverlaps
from detector.boxes.nms import Overlaps
from tests.support.strategies import candidates


@given(candidates(), st.data(), st.tuples(st.floats(0, 1), st.floats(0, 1)), st.booleans(), st.integers(1, 10))
def test_shared_overlaps_are_the_same(
    found: Candidates, data: st.DataObject, ious: tuple[float, float], per_class: bool, max_results: int
) -> None:
    """A caller keeps and drops the same boxes, whether it shares the comparisons with others or not."""
    ranked = found.sort_by_score()
    its = np.array([index for index in range(len(ranked)) if data.draw(st.booleans())], np.intp)
    iou, _ = ious
    pairs = ClosePairs(ranked, np.arange(len(ranked)), min(ious))
    shared = SharedOverlaps(ranked, its, pairs, iou, per_class=per_class)
    alone = Overlaps(ranked.take(its), iou, per_class=per_class)
    assert shared.ranked.equals(alone.ranked)
    (kept, dropped), (expected, counted) = shared.suppress(max_results), alone.suppress(max_results)
    assert kept.tolist() == expected.tolist()
    assert dropped == counted


@pytest.mark.parametrize(("iou", "count"), [(0.99, 0), (0.7, 1), (0.2, 2), (0.0, 2)])
def test_lists_only_close_pairs(iou: float, count: int) -> None:
    """Callers go through the pairs that exceed the threshold, each once, however many boxes there are."""
    lefts = np.array([0.0, 0.05, 0.2, 0.9])
    boxes = np.stack([lefts, 0 * lefts, lefts + 0.4, 0 * lefts + 1], axis=1)
    found = Candidates(boxes[[0, 1, 3, 2]][:3], np.array([0.9, 0.8, 0.7]), np.array([0, 0, 0]))
    found = Candidates.join([found, Candidates(boxes[2:3], np.array([0.6]), np.array([1]))])
    better, worse = ClosePairs(found, np.arange(4), iou).among(np.arange(4), iou, per_class=False)
    assert len(better) == len(set(zip(better.tolist(), worse.tolist(), strict=True))) == {0: 0, 1: 1, 2: 3}[count]
    assert (better < worse).all()
