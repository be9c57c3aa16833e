"""detector/boxes/nms.py."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.geometry import iou
from detector.boxes.nms import BLOCK, MAX_COUNTED, Overlaps
from tests.support.strategies import THRESHOLDS, candidates

MANY = 1000


def suppress(
    ranked: Candidates, iou_threshold: float, *, per_class: bool, max_results: int
) -> tuple[NDArray[np.intp], int]:
    """See Overlaps.suppress."""
    return Overlaps(ranked, iou_threshold, per_class=per_class).suppress(max_results)


def one_by_one(
    ranked: Candidates, iou_threshold: float, *, per_class: bool, max_results: int
) -> tuple[list[int], list[int]]:
    """The indices that NMS keeps, and those that it drops, as a textbook has it: the best box, then the next."""
    kept: list[int] = []
    dropped: list[int] = []
    waiting = np.arange(len(ranked))
    while len(waiting) and len(kept) < max_results:
        best, waiting = int(waiting[0]), waiting[1:]
        kept.append(best)
        falls = rivals(ranked, best, waiting, per_class=per_class) > iou_threshold
        dropped += waiting[falls].tolist()
        waiting = waiting[~falls]
    return kept, dropped


def rivals(found: Candidates, first: int, others: np.ndarray, *, per_class: bool) -> np.ndarray:
    """Overlaps of one box with those others that it may suppress; 0 for the rest."""
    same = found.class_ids[others] == found.class_ids[first]
    return np.where(same | (not per_class), iou(found.boxes_xyxy[first], found.boxes_xyxy[others]), 0.0)


@pytest.mark.parametrize(
    ("iou_threshold", "per_class", "kept"),
    [
        pytest.param(0.4, True, [0, 2, 3], id="per class: the second cone goes, the cat on it stays"),
        pytest.param(0.4, False, [0, 3], id="agnostic: the cat goes, too"),
        pytest.param(0.7, True, [0, 1, 2, 3], id="a lenient threshold: an overlap of 0.6 may stay"),
        pytest.param(0.0, False, [0, 3], id="threshold 0: what does not touch stays"),
        pytest.param(1.0, False, [0, 1, 2, 3], id="threshold 1: everything stays"),
    ],
)
def test_suppresses(iou_threshold: float, per_class: bool, kept: list[int]) -> None:
    """Of two cones, a cat on the first of them, and a cone elsewhere, those that overlap too much are dropped."""
    boxes_xyxy = np.array([(0, 0, 0.4, 1), (0.1, 0, 0.5, 1), (0, 0, 0.4, 1), (0.6, 0, 1, 1)])
    ranked = Candidates(boxes_xyxy, np.array([0.9, 0.8, 0.7, 0.6]), np.array([0, 0, 1, 0]))
    positions, dropped = suppress(ranked, iou_threshold, per_class=per_class, max_results=MANY)
    assert positions.tolist() == kept
    assert dropped == 4 - len(kept)


def test_nothing_from_nothing() -> None:
    """No candidates give no indices, and the types stay."""
    positions, dropped = suppress(
        Candidates.above(0.5, np.zeros((0, 4)), np.zeros((0, 3))), 0.5, per_class=True, max_results=1
    )
    assert positions.shape == (0,)
    assert positions.dtype == np.intp
    assert dropped == 0


@given(candidates(), THRESHOLDS, st.booleans())
def test_keeps_the_best(found: Candidates, iou_threshold: float, per_class: bool) -> None:
    """The best box is always kept, and the kept ones come best first."""
    positions, _ = suppress(found.sort_by_score(), iou_threshold, per_class=per_class, max_results=MANY)
    assert positions[:1].tolist() == [0][: len(found)]
    assert (np.diff(positions) > 0).all()


@given(candidates(), THRESHOLDS, st.booleans())
def test_kept_boxes_do_not_overlap(found: Candidates, iou_threshold: float, per_class: bool) -> None:
    """No two kept boxes overlap by more than the threshold, per class or agnostically."""
    ranked = found.sort_by_score()
    positions, _ = suppress(ranked, iou_threshold, per_class=per_class, max_results=MANY)
    for number, position in enumerate(positions):
        assert (rivals(ranked, position, positions[number + 1 :], per_class=per_class) <= iou_threshold).all()


@given(candidates(), THRESHOLDS, st.booleans())
def test_drops_nothing_without_reason(found: Candidates, iou_threshold: float, per_class: bool) -> None:
    """Every dropped box overlaps a better one that was kept, and every dropped box is counted."""
    ranked = found.sort_by_score()
    positions, dropped = suppress(ranked, iou_threshold, per_class=per_class, max_results=MANY)
    gone = np.setdiff1d(np.arange(len(ranked)), positions)
    assert dropped == len(gone)
    for position in gone:
        better = positions[positions < position]
        assert (rivals(ranked, position, better, per_class=per_class) > iou_threshold).any()


@given(candidates(), THRESHOLDS, st.booleans(), st.randoms(use_true_random=False))
def test_order_does_not_matter(found: Candidates, iou_threshold: float, per_class: bool, random: Random) -> None:
    """Shuffled candidates with distinct scores give the same kept boxes."""
    found = replace(found, scores=np.linspace(0, 1, len(found)))
    order = np.array(random.sample(range(len(found)), len(found)), np.intp)
    kept = []
    for ranked in (found.sort_by_score(), found.take(order).sort_by_score()):
        positions, _ = suppress(ranked, iou_threshold, per_class=per_class, max_results=MANY)
        chosen = ranked.take(positions)
        kept.append((chosen.boxes_xyxy.tolist(), chosen.scores.tolist(), chosen.class_ids.tolist()))
    assert kept[0] == kept[1]


@given(candidates(), st.integers(1, 30), st.booleans())
def test_threshold_1_keeps_all(found: Candidates, max_results: int, per_class: bool) -> None:
    """An IoU threshold of 1 keeps every box, including identical ones, up to the maximum."""
    positions, dropped = suppress(found.sort_by_score(), 1.0, per_class=per_class, max_results=max_results)
    assert positions.tolist() == list(range(min(max_results, len(found))))
    assert dropped == 0


@given(candidates(), THRESHOLDS, st.integers(1, 30), st.booleans())
def test_maximum_cuts_the_tail(found: Candidates, iou_threshold: float, max_results: int, per_class: bool) -> None:
    """Fewer results are the first ones of more results."""
    some, _ = suppress(found.sort_by_score(), iou_threshold, per_class=per_class, max_results=max_results)
    every, _ = suppress(found.sort_by_score(), iou_threshold, per_class=per_class, max_results=MANY)
    assert some.tolist() == every[:max_results].tolist()


@given(candidates(), THRESHOLDS)
def test_agnostic_suppresses_across_classes(found: Candidates, iou_threshold: float) -> None:
    """Agnostic suppression equals per-class suppression with all boxes in one class."""
    ranked = found.sort_by_score()
    one_class = Candidates(ranked.boxes_xyxy, ranked.scores, np.zeros(len(ranked), np.intp))
    agnostic, _ = suppress(ranked, iou_threshold, per_class=False, max_results=MANY)
    alike, _ = suppress(one_class, iou_threshold, per_class=True, max_results=MANY)
    assert agnostic.tolist() == alike.tolist()


@pytest.mark.parametrize("iou_threshold", [0.0, 0.1, 0.4, 0.7, 0.99])
@pytest.mark.parametrize("per_class", [True, False])
def test_thousands_are_suppressed_as_one_by_one(iou_threshold: float, per_class: bool) -> None:
    """Among more boxes than are compared at once, the same are kept as by comparing one by one."""
    rng = np.random.default_rng(3)
    count = 4 * BLOCK
    corners, sides = rng.uniform(0, 0.9, (count, 2)), rng.uniform(0.001, 0.1, (count, 2))
    ranked = Candidates(
        np.concatenate([corners, corners + sides], axis=1), np.linspace(1, 0, count), rng.integers(0, 3, count)
    )
    expected, fallen = one_by_one(ranked, iou_threshold, per_class=per_class, max_results=MANY)
    positions, dropped = suppress(ranked, iou_threshold, per_class=per_class, max_results=MANY)
    assert positions.tolist() == expected
    assert dropped <= len(fallen)
    assert dropped == len(fallen) or count - expected[-1] > MAX_COUNTED // MANY


def test_a_tail_is_counted_in_part() -> None:
    """Behind the last result, as many boxes are compared and counted as the bound on pairs allows."""
    boxes_xyxy = np.tile([0.0, 0.0, 1.0, 1.0], (MAX_COUNTED + 50, 1))
    ranked = Candidates(boxes_xyxy, np.linspace(1, 0, len(boxes_xyxy)), np.zeros(len(boxes_xyxy), np.intp))
    assert suppress(ranked, 0.5, per_class=True, max_results=1)[1] == MAX_COUNTED
