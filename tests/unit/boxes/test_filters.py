"""detector/boxes/filters.py."""

from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.boxes.candidates import Candidates
from detector.boxes.filters import MOST_RANKED, Criteria, Dropped, select
from tests.support.strategies import THRESHOLDS, candidates

EVERYTHING = Criteria(score=0.0, width=0.0, height=0.0, iou=1.0, per_class=True, max_results=300)
CRITERIA = st.builds(
    Criteria,
    score=THRESHOLDS,
    width=THRESHOLDS,
    height=THRESHOLDS,
    iou=THRESHOLDS,
    per_class=st.booleans(),
    max_results=st.integers(1, 30),
)
CLASS = st.one_of(st.none(), st.integers(0, 2))


def one(box_xyxy: tuple[float, ...], score: float = 0.5) -> Candidates:
    """A single candidate of class 0."""
    return Candidates(np.array([box_xyxy], np.float64), np.array([score]), np.array([0], np.intp))


@given(candidates(), CRITERIA, CLASS)
def test_every_candidate_is_accounted_for(found: Candidates, criteria: Criteria, class_id: int | None) -> None:
    """What is kept and what each step dropped add up to what the model proposed."""
    kept, dropped = select(found, criteria, class_id)
    assert min(astuple(dropped)) >= 0
    assert len(kept) + sum(astuple(dropped)) == len(found) + found.not_listed


@given(candidates(), CRITERIA, CLASS)
def test_what_is_kept_meets_the_criteria(found: Candidates, criteria: Criteria, class_id: int | None) -> None:
    """Everything kept scores high enough, is of the type and size wanted, and comes best first."""
    kept, _ = select(found, criteria, class_id)
    width, height = (kept.boxes_xyxy[:, 2:] - kept.boxes_xyxy[:, :2]).T
    assert len(kept) <= criteria.max_results
    assert (kept.scores >= criteria.score).all()
    assert class_id is None or (kept.class_ids == class_id).all()
    assert ((width >= criteria.width) & (height >= criteria.height) & (width > 0) & (height > 0)).all()
    assert (np.diff(kept.scores) <= 0).all()


@pytest.mark.parametrize(
    ("changed", "class_id", "expected"),
    [
        pytest.param({}, None, Dropped(), id="nothing asked for: all stay"),
        pytest.param({"score": 0.6}, None, Dropped(score=2), id="score: the two threshold go"),
        pytest.param({"score": 0.7}, None, Dropped(score=2), id="score: the threshold itself is enough"),
        pytest.param({}, 1, Dropped(type=3), id="type: the others go"),
        pytest.param({"width": 0.5}, None, Dropped(size=1), id="width: the narrow one goes"),
        pytest.param({"height": 1.0}, None, Dropped(), id="height: exactly as high is enough"),
        pytest.param({"iou": 0.5}, None, Dropped(nms=1), id="NMS: the double goes"),
        pytest.param({"iou": 0.5, "per_class": False}, None, Dropped(nms=2), id="NMS: the other class, too"),
        pytest.param({"max_results": 1}, None, Dropped(max_results=3), id="maxResults: one stays"),
        pytest.param({"score": 0.6, "width": 0.9}, 0, Dropped(score=2, size=0), id="score comes before size"),
        pytest.param(
            {"width": 0.5, "iou": 0.5, "max_results": 1}, 0, Dropped(type=1, size=1, nms=1), id="size before NMS"
        ),
        pytest.param({"iou": 0.5, "max_results": 1}, None, Dropped(nms=1, max_results=2), id="NMS before maxResults"),
    ],
)
def test_steps(changed: dict[str, Any], class_id: int | None, expected: Dropped) -> None:
    """Each step drops what it should, and a candidate is counted by the first step that drops it."""
    full, narrow = (0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 0.25, 1.0)
    found = Candidates(
        np.array([full, full, full, narrow]), np.array([0.9, 0.7, 0.5, 0.3]), np.array([0, 0, 1, 0], np.intp)
    )
    kept, dropped = select(found, replace(EVERYTHING, **changed), class_id)
    assert dropped == expected
    assert len(kept) == 4 - sum(astuple(expected))


@pytest.mark.parametrize(
    "box_xyxy",
    [
        pytest.param((0.5, 0.0, 0.5, 1.0), id="no width: lay beside the picture"),
        pytest.param((0.0, 1.0, 1.0, 1.0), id="no height"),
        pytest.param((0.8, 0.0, 0.2, 1.0), id="inverted"),
        pytest.param((np.nan, 0.0, 1.0, 1.0), id="not a number"),
    ],
)
def test_boxes_without_area_go(box_xyxy: tuple[float, ...]) -> None:
    """A box that covers nothing is never an answer, even if no size is asked for."""
    kept, dropped = select(one(box_xyxy), EVERYTHING, None)
    assert len(kept) == 0
    assert dropped == Dropped(size=1)


def test_unlisted_count_as_too_low() -> None:
    """Candidates that the model only counted have been dropped for their score."""
    kept, dropped = select(replace(one((0, 0, 1, 1)), not_listed=7), EVERYTHING, None)
    assert len(kept) == 1
    assert dropped == Dropped(score=7)


def test_a_flood_is_ranked_in_part() -> None:
    """Of more candidates than NMS looks at, the best are the answer and the others count as too many."""
    count = MOST_RANKED + 50
    scores = np.random.default_rng(1).permutation(count) / count
    found = Candidates(np.tile([0.0, 0.0, 1.0, 1.0], (count, 1)), scores, np.zeros(count, np.intp))
    kept, dropped = select(found, EVERYTHING, None)
    assert kept.scores.tolist() == sorted(scores, reverse=True)[:300]
    assert dropped == Dropped(max_results=count - 300)
