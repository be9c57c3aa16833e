"""detector/boxes/filters.py."""

from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.boxes.candidates import Candidates
from detector.boxes.filters import MAX_RANKED, Criteria, Dropped, select
from detector.boxes.label_rules import LabelRules
from tests.support.strategies import THRESHOLDS, any_criteria, candidates

EVERYTHING = Criteria(score=0.0, width=0.0, height=0.0, iou=1.0, per_class=True, max_results=300)
LABELS = ("ant", "bee", "cat")
NAMES = st.frozensets(st.sampled_from(LABELS))
CRITERIA = any_criteria(
    st.builds(LabelRules, types=NAMES, left_out=NAMES, thresholds=st.dictionaries(st.sampled_from(LABELS), THRESHOLDS))
)
ALL, ANTS, BEES = LabelRules(), LabelRules(frozenset(["ant"])), LabelRules(frozenset(["bee"]))


def one(box_xyxy: tuple[float, ...], score: float = 0.5) -> Candidates:
    """A single candidate of class 0."""
    return Candidates(np.array([box_xyxy], np.float64), np.array([score]), np.array([0], np.intp))


@given(candidates(), CRITERIA)
def test_every_candidate_is_accounted_for(found: Candidates, criteria: Criteria) -> None:
    """The kept candidates and those dropped by each step add up to those that the model proposed."""
    kept, dropped = select(found, criteria, LABELS)
    assert min(astuple(dropped)) >= 0
    assert len(kept) + sum(astuple(dropped)) == len(found) + found.not_listed


@given(candidates(), CRITERIA)
def test_kept_candidates_meet_the_criteria(found: Candidates, criteria: Criteria) -> None:
    """Every kept candidate reaches its label's threshold, has a wanted label and size, and the best come first."""
    kept, _ = select(found, criteria, LABELS)
    rules = criteria.labels
    labels = [LABELS[class_id] for class_id in kept.class_ids]
    width, height = (kept.boxes_xyxy[:, 2:] - kept.boxes_xyxy[:, :2]).T
    assert len(kept) <= criteria.max_results
    assert all(
        score >= rules.thresholds.get(label, criteria.score) for score, label in zip(kept.scores, labels, strict=True)
    )
    assert (kept.scores >= criteria.min_score(LABELS)).all()
    assert not rules.left_out.intersection(labels)
    assert not rules.types or rules.types.issuperset(labels)
    assert ((width >= criteria.width) & (height >= criteria.height) & (width > 0) & (height > 0)).all()
    assert ((width <= criteria.max_width) & (height <= criteria.max_height)).all()
    assert (np.diff(kept.scores) <= 0).all()


@pytest.mark.parametrize(
    ("changed", "rules", "expected"),
    [
        pytest.param({}, ALL, Dropped(), id="nothing asked for: all stay"),
        pytest.param({"score": 0.6}, ALL, Dropped(score=2), id="score: the two threshold go"),
        pytest.param({"score": 0.7}, ALL, Dropped(score=2), id="score: the threshold itself is enough"),
        pytest.param({}, BEES, Dropped(type=3), id="type: the others go"),
        pytest.param({"width": 0.5}, ALL, Dropped(size=1), id="width: the narrow one goes"),
        pytest.param({"height": 1.0}, ALL, Dropped(), id="height: exactly as high is enough"),
        pytest.param({}, LabelRules(types=frozenset(["ant", "cat"])), Dropped(type=1), id="types: the others go"),
        pytest.param({}, LabelRules(left_out=frozenset(["ant"])), Dropped(type=3), id="left out"),
        pytest.param(
            {}, LabelRules(frozenset(["ant"]), frozenset(["ant"])), Dropped(type=4), id="left out though it is a type"
        ),
        pytest.param({"score": 0.8}, LabelRules(thresholds={"bee": 0.5}), Dropped(score=2), id="a lower threshold"),
        pytest.param({}, LabelRules(thresholds={"ant": 0.8}), Dropped(score=2), id="a higher threshold"),
        pytest.param({"max_width": 0.5}, ALL, Dropped(size=3), id="width: the wide ones go"),
        pytest.param({"max_width": 0.25}, ALL, Dropped(size=3), id="width: exactly as wide is no wider"),
        pytest.param({"max_height": 0.5}, ALL, Dropped(size=4), id="height: the high ones go"),
        pytest.param({"iou": 0.5}, ALL, Dropped(nms=1), id="NMS: the double goes"),
        pytest.param({"iou": 0.5, "per_class": False}, ALL, Dropped(nms=2), id="NMS: the other class, too"),
        pytest.param({"max_results": 1}, ALL, Dropped(max_results=3), id="maxResults: one stays"),
        pytest.param({"score": 0.6, "width": 0.9}, ANTS, Dropped(score=2, size=0), id="score comes before size"),
        pytest.param(
            {"width": 0.5, "iou": 0.5, "max_results": 1}, ANTS, Dropped(type=1, size=1, nms=1), id="size before NMS"
        ),
        pytest.param({"iou": 0.5, "max_results": 1}, ALL, Dropped(nms=1, max_results=2), id="NMS before maxResults"),
    ],
)
def test_steps(changed: dict[str, Any], rules: LabelRules, expected: Dropped) -> None:
    """Each step drops its own candidates, and a candidate is counted by the first step that drops it."""
    full, narrow = (0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 0.25, 1.0)
    found = Candidates(
        np.array([full, full, full, narrow]), np.array([0.9, 0.7, 0.5, 0.3]), np.array([0, 0, 1, 0], np.intp)
    )
    kept, dropped = select(found, replace(EVERYTHING, labels=rules, **changed), LABELS)
    assert dropped == expected
    assert len(kept) == 4 - sum(astuple(expected))


@pytest.mark.parametrize(
    "box_xyxy",
    [
        pytest.param((0.5, 0.0, 0.5, 1.0), id="no width: lay beside the image"),
        pytest.param((0.0, 1.0, 1.0, 1.0), id="no height"),
        pytest.param((0.8, 0.0, 0.2, 1.0), id="inverted"),
        pytest.param((np.nan, 0.0, 1.0, 1.0), id="not a number"),
    ],
)
def test_boxes_without_area_go(box_xyxy: tuple[float, ...]) -> None:
    """A box without area is never a detection, even if no size is requested."""
    kept, dropped = select(one(box_xyxy), EVERYTHING, LABELS)
    assert len(kept) == 0
    assert dropped == Dropped(size=1)


def test_unlisted_count_as_too_low() -> None:
    """Candidates that the model only counted are dropped for their score."""
    kept, dropped = select(replace(one((0, 0, 1, 1)), not_listed=7), EVERYTHING, LABELS)
    assert len(kept) == 1
    assert dropped == Dropped(score=7)


def test_a_flood_is_ranked_in_part() -> None:
    """If there are more candidates than NMS looks at, the best are kept and the others count as too many."""
    count = MAX_RANKED + 50
    scores = np.random.default_rng(1).permutation(count) / count
    found = Candidates(np.tile([0.0, 0.0, 1.0, 1.0], (count, 1)), scores, np.zeros(count, np.intp))
    kept, dropped = select(found, EVERYTHING, LABELS)
    assert kept.scores.tolist() == sorted(scores, reverse=True)[:300]
    assert dropped == Dropped(max_results=count - 300)
