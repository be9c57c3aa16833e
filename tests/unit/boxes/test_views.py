"""detector/boxes/views.py."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.filters import Criteria, select
from detector.boxes.geometry import intersection, intersections
from detector.boxes.label_rules import EVERY_LABEL, LabelRules
from detector.boxes.views import MAX_RANKED_PER_VIEW, merge_parts, select_from_views
from detector.boxes.zones import Zone
from tests.support.strategies import any_criteria, candidates

LABELS = ("cone", "car", "cat")
EVERYTHING = Criteria(score=0.0, width=0.0, height=0.0, iou=0.4, per_class=True, max_results=300)
ONE_LABEL = st.sampled_from(LABELS).map(lambda label: LabelRules(frozenset([label])))
CRITERIA = any_criteria(st.one_of(st.just(EVERY_LABEL), ONE_LABEL))
L, T, R, B = range(4)


@st.composite
def tiled(draw: st.DrawFn) -> Candidates:
    """Candidates that are cut at any of their sides."""
    found = draw(candidates())
    cuts = draw(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=len(found), max_size=len(found)))
    return replace(found, cut_sides=np.array(cuts, bool).reshape(-1, 4))


def boxes(*rows: tuple[tuple[float, float, float, float], float, int, str]) -> Candidates:
    """Candidates: each a box, a score, a class, and the sides at which it is cut, such as `LT`."""
    return Candidates(
        np.array([box for box, *_ in rows], float).reshape(-1, 4),
        np.array([score for _, score, *_ in rows], float),
        np.array([class_id for _, _, class_id, _ in rows], np.intp),
        cut_sides=np.array([[side in cut for side in "LTRB"] for *_, cut in rows], bool).reshape(-1, 4),
    )


def listed(found: Candidates) -> list[tuple[float, ...]]:
    """The boxes, rounded, in order of their sides."""
    return sorted(tuple(box) for box in found.boxes_xyxy.round(6).tolist())


@given(st.lists(tiled(), min_size=2, max_size=4), CRITERIA)
def test_every_candidate_is_accounted_for(views: list[Candidates], criteria: Criteria) -> None:
    """The kept candidates and those dropped by each step add up to those that the views proposed."""
    kept, dropped = select_from_views(views, criteria, LABELS)
    assert min(astuple(dropped)) >= 0
    assert len(kept) + sum(astuple(dropped)) == sum(len(view) + view.not_listed for view in views)


@given(st.lists(tiled(), min_size=2, max_size=4), CRITERIA)
def test_kept_candidates_meet_the_criteria(views: list[Candidates], criteria: Criteria) -> None:
    """Every kept candidate reaches the threshold, has a wanted label and size, and the best come first."""
    kept, _ = select_from_views(views, criteria, LABELS)
    width, height = (kept.boxes_xyxy[:, 2:] - kept.boxes_xyxy[:, :2]).T
    assert len(kept) <= criteria.max_results
    assert (kept.scores >= criteria.score).all()
    assert all(criteria.labels.counts(LABELS[class_id]) for class_id in kept.class_ids)
    assert ((width >= criteria.width) & (height >= criteria.height) & (width > 0) & (height > 0)).all()
    assert ((width <= criteria.max_width) & (height <= criteria.max_height)).all()
    assert (np.diff(kept.scores) <= 0).all()


@given(candidates(), CRITERIA)
def test_one_view_changes_nothing(found: Candidates, criteria: Criteria) -> None:
    """Without tiles, the same candidates are selected."""
    kept, dropped = select_from_views([found], criteria, LABELS)
    expected, counts = select(found, criteria, LABELS)
    assert kept.equals(expected)
    assert dropped == counts


@given(tiled(), st.booleans())
def test_no_part_survives_beside_the_whole(found: Candidates, per_class: bool) -> None:
    """No cut box has half of itself in a box of its class that is cut on fewer sides."""
    kept = merge_parts(found.ranked(), per_class=per_class)
    cuts = kept.cut.sum(axis=1)
    for part in np.flatnonzero(cuts):
        box = kept.boxes_xyxy[part]
        inside = intersection(box, kept.boxes_xyxy) > 0.5 * np.prod(box[2:] - box[:2]) + 1e-12
        wholes = (cuts < cuts[part]) & ((kept.class_ids == kept.class_ids[part]) | (not per_class))
        assert not (inside & wholes).any()


@given(tiled(), st.booleans())
def test_uncut_boxes_stay(found: Candidates, per_class: bool) -> None:
    """A box that no tile has cut is never dropped nor changed."""
    whole = found.take(np.flatnonzero(~found.cut.any(axis=1)))
    assert numbers(merge_parts(found.ranked(), per_class=per_class)) >= numbers(whole)


def numbers(found: Candidates) -> set[tuple[float, ...]]:
    """Each box with its score."""
    return {tuple(row) for row in np.column_stack([found.boxes_xyxy, found.scores]).tolist()}


PART, OTHER_PART = ((0.1, 0.4, 0.3, 0.6), 0.9, 0, "R"), ((0.25, 0.41, 0.5, 0.6), 0.6, 0, "L")


@pytest.mark.parametrize(
    ("found", "per_class", "expected"),
    [
        pytest.param(boxes(PART, ((0.1, 0.4, 0.5, 0.6), 0.3, 0, "")), True, [(0.1, 0.4, 0.5, 0.6)], id="whole wins"),
        pytest.param(
            boxes(PART, ((0.1, 0.4, 0.5, 0.6), 0.3, 1, "")),
            True,
            [(0.1, 0.4, 0.3, 0.6), (0.1, 0.4, 0.5, 0.6)],
            id="another class",
        ),
        pytest.param(
            boxes(PART, ((0.1, 0.4, 0.5, 0.6), 0.3, 1, "")), False, [(0.1, 0.4, 0.5, 0.6)], id="another class, agnostic"
        ),
        pytest.param(boxes(PART, OTHER_PART), True, [(0.1, 0.4, 0.5, 0.6)], id="two parts are one"),
        pytest.param(
            boxes(PART, ((0.25, 0.55, 0.5, 0.9), 0.6, 0, "L")),
            True,
            [(0.1, 0.4, 0.3, 0.6), (0.25, 0.55, 0.5, 0.9)],
            id="two that do not fit",
        ),
        pytest.param(
            boxes(PART, ((0.5, 0.4, 0.7, 0.6), 0.6, 0, "L")),
            True,
            [(0.1, 0.4, 0.3, 0.6), (0.5, 0.4, 0.7, 0.6)],
            id="two that are apart",
        ),
        pytest.param(
            boxes(PART, ((0.25, 0.4, 0.5, 0.6), 0.6, 0, "LR"), ((0.45, 0.4, 0.8, 0.6), 0.5, 0, "L")),
            True,
            [(0.1, 0.4, 0.8, 0.6)],
            id="over three tiles",
        ),
        pytest.param(
            boxes(
                ((0.1, 0.1, 0.3, 0.3), 0.9, 0, "RB"),
                ((0.25, 0.1, 0.5, 0.3), 0.9, 0, "LB"),
                ((0.1, 0.25, 0.3, 0.5), 0.9, 0, "RT"),
                ((0.25, 0.25, 0.5, 0.5), 0.9, 0, "LT"),
            ),
            True,
            [(0.1, 0.1, 0.5, 0.5)],
            id="over the corner of four",
        ),
    ],
)
def test_parts(found: Candidates, per_class: bool, expected: list[tuple[float, ...]]) -> None:
    """Boxes that a tile's edge has cut are joined, dropped or kept."""
    assert listed(merge_parts(found.ranked(), per_class=per_class)) == expected


def test_an_object_made_of_parts_has_the_best_score() -> None:
    """It has its parts' best score, and is no longer cut where they meet."""
    merged = merge_parts(boxes(PART, OTHER_PART), per_class=True)
    assert merged.scores.tolist() == [0.9]
    assert not merged.cut.any()


def test_views_are_merged() -> None:
    """An object in several views is listed once, with its best score."""
    one, other = boxes(((0.1, 0.1, 0.2, 0.2), 0.5, 0, "")), boxes(((0.1, 0.1, 0.2, 0.21), 0.8, 0, ""))
    kept, dropped = select_from_views([one, other], EVERYTHING, LABELS)
    assert kept.scores.tolist() == [0.8]
    assert (dropped.nms, dropped.tiles) == (1, 0)


def test_the_size_is_the_whole_objects() -> None:
    """A part is not too small if the object is large enough."""
    kept, dropped = select_from_views([boxes(PART), boxes(OTHER_PART)], replace(EVERYTHING, width=0.35), LABELS)
    assert listed(kept) == [(0.1, 0.4, 0.5, 0.6)]
    assert (dropped.size, dropped.tiles) == (0, 1)


def test_a_view_has_a_bound() -> None:
    """A bounded number of a view's candidates is compared, the best."""
    scores: NDArray[np.float64] = np.linspace(0, 1, 3 * MAX_RANKED_PER_VIEW)
    many = Candidates(np.tile([0.0, 0.0, 0.5, 0.5], (len(scores), 1)), scores, np.zeros(len(scores), np.intp))
    kept, dropped = select_from_views([many, boxes()], replace(EVERYTHING, iou=1.0), LABELS)
    assert kept.scores.tolist() == scores[: -len(kept) - 1 : -1].tolist()
    assert len(kept) + sum(astuple(dropped)) == len(many)


@given(candidates(8), candidates(8))
def test_intersections(some: Candidates, others: Candidates) -> None:
    """All pairs at once give the same as each box by itself."""
    expected = [intersection(box, others.boxes_xyxy) for box in some.boxes_xyxy]
    assert np.allclose(
        intersections(some.boxes_xyxy, others.boxes_xyxy), np.array(expected).reshape(len(some), len(others))
    )


def test_zones_apply_to_whole_objects() -> None:
    """Zones apply to joined objects, even if only a zone's own threshold lets a part in."""
    strip = Zone("strip", np.array([(0.45, 0.0), (0.55, 0.0), (0.55, 1.0), (0.45, 1.0)]), score=0.4)
    parts = boxes(((0.3, 0.4, 0.5, 0.6), 0.5, 0, "R")), boxes(((0.5, 0.4, 0.7, 0.6), 0.5, 0, "L"))
    elsewhere = boxes(((0.1, 0.1, 0.2, 0.2), 0.5, 0, ""))
    for criteria in (
        replace(EVERYTHING, zones=(strip,), only_zones=True),
        replace(EVERYTHING, score=0.9, zones=(strip,)),
    ):
        kept, dropped = select_from_views([*parts, elsewhere], criteria, LABELS)
        assert listed(kept) == [(0.3, 0.4, 0.7, 0.6)]
        assert len(kept) + sum(astuple(dropped)) == 3
