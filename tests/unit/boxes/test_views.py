"""detector/boxes/views.py."""

from collections.abc import Sequence
from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.filters import Criteria, Dropped, select
from detector.boxes.label_rules import EVERY_LABEL, LabelRules
from detector.boxes.selection import Wanted, select_each
from detector.boxes.views import MAX_RANKED_PER_VIEW, Seen
from detector.boxes.zones import Zone
from tests.support.strategies import any_criteria, candidates

LABELS = ("cone", "car", "cat")
EVERYTHING = Criteria(score=0.0, width=0.0, height=0.0, iou=0.4, per_class=True, max_results=300)
ONE_LABEL = st.sampled_from(LABELS).map(lambda label: LabelRules(frozenset([label])))
CRITERIA = any_criteria(st.one_of(st.just(EVERY_LABEL), ONE_LABEL))


@st.composite
def tiled(draw: st.DrawFn) -> Candidates:
    """Candidates, some of them cut."""
    found = draw(candidates())
    cut = draw(st.lists(st.booleans(), min_size=len(found), max_size=len(found)))
    return replace(found, cut=np.array(cut, np.bool_))


def select_from_views(
    views: Sequence[Candidates], criteria: Criteria, labels: Sequence[str]
) -> tuple[Candidates, Dropped]:
    """See select_each, for one caller."""
    [answer] = select_each([Wanted(Seen.join(views), criteria, labels)])
    return answer


Row = tuple[tuple[float, float, float, float], float, bool]


def boxes(*rows: Row) -> Candidates:
    """Candidates of class 0: each a box, a score, and whether it is cut."""
    return Candidates(
        np.array([box for box, *_ in rows], np.float64).reshape(-1, 4),
        np.array([score for _, score, _ in rows], np.float64),
        np.zeros(len(rows), np.intp),
        cut=np.array([cut for *_, cut in rows], np.bool_),
    )


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


@given(st.lists(tiled(), min_size=2, max_size=4), CRITERIA)
def test_cut_boxes_are_dropped(views: list[Candidates], criteria: Criteria) -> None:
    """No box that ends at a tile's edge is kept, and without such boxes nothing is dropped for the tiles."""
    _, dropped = select_from_views([view.whole() for view in views], criteria, LABELS)
    kept, _ = select_from_views(views, criteria, LABELS)
    proposed = {tuple(row) for view in views for row in numbers(view.whole())}
    assert dropped.tiles == 0
    assert {tuple(row) for row in numbers(kept)} <= proposed


def numbers(found: Candidates) -> list[list[float]]:
    """Each box with its score and its class."""
    rows: list[list[float]] = np.column_stack([found.boxes_xyxy, found.scores, found.class_ids]).tolist()
    return rows


PART, WHOLE, OTHER = (0.1, 0.4, 0.3, 0.6), (0.1, 0.4, 0.5, 0.6), (0.7, 0.7, 0.8, 0.8)


@pytest.mark.parametrize(
    ("views", "expected", "tiles"),
    [
        pytest.param([[(WHOLE, 0.3, False)], [(PART, 0.9, True)]], [WHOLE], 1, id="the whole stays, however unsure"),
        pytest.param([[], [(PART, 0.9, True)], [(WHOLE, 0.5, False)]], [WHOLE], 1, id="the next tile has it whole"),
        pytest.param([[], [(PART, 0.9, True)]], [], 1, id="a part alone is nothing"),
        pytest.param(
            [[], [(PART, 0.9, True), ((0.12, 0.41, 0.28, 0.6), 0.5, False)]], [], 1, id="nor what it has suppressed"
        ),
        pytest.param([[(OTHER, 0.4, False)], [(OTHER, 0.6, False)]], [OTHER], 0, id="found twice, listed once"),
    ],
)
def test_objects_at_edges(views: list[list[Row]], expected: list[tuple[float, ...]], tiles: int) -> None:
    """Examples of what becomes of objects that a tile's edge cuts."""
    kept, dropped = select_from_views([boxes(*rows) for rows in views], EVERYTHING, LABELS)
    assert [tuple(box) for box in kept.boxes_xyxy.tolist()] == expected
    assert dropped.tiles == tiles


def test_views_are_merged() -> None:
    """An object found in several views is listed once, with its best score."""
    one, other = boxes(((0.1, 0.1, 0.2, 0.2), 0.5, False)), boxes(((0.1, 0.1, 0.2, 0.21), 0.8, False))
    kept, dropped = select_from_views([one, other], EVERYTHING, LABELS)
    assert kept.scores.tolist() == [0.8]
    assert (dropped.nms, dropped.tiles) == (1, 0)


def test_a_part_beside_too_large_an_object() -> None:
    """An object that is larger than asked for does not leave its part behind."""
    views = [boxes((WHOLE, 0.5, False)), boxes((PART, 0.9, True))]
    kept, dropped = select_from_views(views, replace(EVERYTHING, max_width=0.3), LABELS)
    assert not len(kept)
    assert (dropped.size, dropped.tiles) == (1, 1)


def test_a_view_has_a_bound() -> None:
    """A bounded number of a view's candidates is compared, the best."""
    scores: NDArray[np.float64] = np.linspace(0, 1, 3 * MAX_RANKED_PER_VIEW)
    many = Candidates(np.tile([0.0, 0.0, 0.5, 0.5], (len(scores), 1)), scores, np.zeros(len(scores), np.intp))
    kept, dropped = select_from_views([many, boxes()], replace(EVERYTHING, iou=1.0), LABELS)
    assert kept.scores.tolist() == scores[: -len(kept) - 1 : -1].tolist()
    assert len(kept) + sum(astuple(dropped)) == len(many)


def test_zones_apply_to_what_tiles_find() -> None:
    """A zone keeps what a tile finds in it, even if only its own threshold does, and no part of an object."""
    strip = Zone("strip", np.array([(0.45, 0.0), (0.55, 0.0), (0.55, 1.0), (0.45, 1.0)]), score=0.4)
    views = [boxes((OTHER, 0.5, False)), boxes(((0.3, 0.4, 0.7, 0.6), 0.5, False), ((0.4, 0.8, 0.6, 1.0), 0.6, True))]
    for criteria in (
        replace(EVERYTHING, zones=(strip,), only_zones=True),
        replace(EVERYTHING, score=0.9, zones=(strip,)),
    ):
        kept, dropped = select_from_views(views, criteria, LABELS)
        assert kept.boxes_xyxy.tolist() == [[0.3, 0.4, 0.7, 0.6]]
        assert len(kept) + sum(astuple(dropped)) == 3
