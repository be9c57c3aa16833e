"""detector/boxes/candidates.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.boxes.candidates import Candidates
from tests.support.strategies import candidates


def some(count: int) -> Candidates:
    """This many boxes, the best one last."""
    numbers = np.arange(count)
    return Candidates(np.tile([0.0, 0.0, 1.0, 1.0], (count, 1)), numbers / count, numbers)


@pytest.mark.parametrize(
    ("boxes", "scores", "class_ids"),
    [
        pytest.param((3, 4), (2,), (2,), id="more boxes than scores"),
        pytest.param((2, 4), (2,), (3,), id="more classes than scores"),
        pytest.param((2, 5), (2,), (2,), id="boxes of five numbers"),
        pytest.param((2, 4), (2, 1), (2,), id="scores in a column"),
    ],
)
def test_refuses_shapes(boxes: tuple[int, ...], scores: tuple[int, ...], class_ids: tuple[int, ...]) -> None:
    """Arrays that do not belong together are refused at construction, with their shapes."""
    with pytest.raises(ValueError, match=r"expected boxes \[N, 4\], scores \[N\] and class_ids \[N\]"):
        Candidates(np.zeros(boxes), np.zeros(scores), np.zeros(class_ids, np.intp))


def test_above_pairs_boxes_with_classes() -> None:
    """A box is listed once per class whose score reaches the threshold, including a score equal to it."""
    boxes_xyxy = np.array([(0, 0, 0.5, 1), (0.5, 0, 1, 1)], np.float32)
    found = Candidates.above(0.5, boxes_xyxy, np.array([(0.5, 0.25), (0.75, 1.0)], np.float32))
    assert found.boxes_xyxy.tolist() == [[0, 0, 0.5, 1], [0.5, 0, 1, 1], [0.5, 0, 1, 1]]
    assert found.scores.tolist() == [0.5, 0.75, 1.0]
    assert found.class_ids.tolist() == [0, 0, 1]
    assert found.not_listed == 1


def test_above_lists_no_nan() -> None:
    """A NaN score is never listed, even with a threshold of 0, but it is counted."""
    found = Candidates.above(0.0, np.zeros((2, 4)), np.array([[np.nan], [0.0]]))
    assert found.scores.tolist() == [0.0]
    assert found.not_listed == 1


def test_takes_by_mask_and_position() -> None:
    """A mask keeps the order, indices set it."""
    assert some(4).take(np.array([True, False, True, False])).class_ids.tolist() == [0, 2]
    assert some(4).take(np.array([3, 0])).class_ids.tolist() == [3, 0]


@pytest.mark.parametrize("max_results", [1, 2, 4, 5, 9], ids=lambda max_results: f"{max_results} of 5")
def test_best(max_results: int) -> None:
    """The best n are those with the highest scores; all, if there are no more."""
    best = some(5).best(max_results)
    assert sorted(best.class_ids.tolist()) == list(range(5))[-max_results:]
    assert best.not_listed == 5 - len(best)


def test_ranked_keeps_the_order_of_ties() -> None:
    """Equal scores stay in the model's order."""
    boxes_xyxy = np.array([(0.5, 0, 1, 1), (0, 0, 1, 1), (0, 0, 1, 1), (0.9, 0, 1, 1)])
    ranked = Candidates(boxes_xyxy, np.array([0.5, 0.5, 0.5, 0.9]), np.array([0, 1, 0, 2])).sort_by_score()
    assert ranked.scores.tolist() == [0.9, 0.5, 0.5, 0.5]
    assert ranked.class_ids.tolist() == [2, 0, 1, 0]
    assert ranked.boxes_xyxy[:, 0].tolist() == [0.9, 0.5, 0, 0]


@given(candidates(), st.integers(1, 30))
def test_best_and_ranked_agree(found: Candidates, max_results: int) -> None:
    """Ranked scores fall, and the best n are the first of them, except for ties with the last."""
    ranked, best = found.sort_by_score(), found.best(max_results).sort_by_score()
    assert (np.diff(ranked.scores) <= 0).all()
    assert best.scores.tolist() == ranked.scores[:max_results].tolist()
    sure = int((best.scores > best.scores.min(initial=2)).sum())
    assert best.boxes_xyxy[:sure].tolist() == ranked.boxes_xyxy[:sure].tolist()
