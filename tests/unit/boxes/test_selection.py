"""detector/boxes/selection.py."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.filters import MAX_RANKED, Criteria, select
from detector.boxes.label_rules import EVERY_LABEL
from detector.boxes.selection import MAX_SHARED, MAX_TESTED, MIN_USES, Wanted, fair_share, select_each
from detector.boxes.views import Seen
from detector.boxes.zones import Inside, Zone
from tests.support.locating import count_located
from tests.support.strategies import any_criteria, candidates

LABELS = ("cone", "car", "cat")
COSTLY = Criteria(score=0.0, width=0.0, height=0.0, iou=0.4, per_class=True, max_results=300)
MAX_PAIRS = MAX_RANKED * COSTLY.max_results  # that one caller may have compared
CALLERS, TILES, PROPOSED = 16, 64, 1344  # the most features of a photo, the most tiles, what the bundled model proposes


def many(count: int, seed: int = 0) -> Candidates:
    """A model's boxes with a threshold of 0: at all places, of all sizes."""
    random = np.random.default_rng(seed)
    sides = random.uniform(0.02, 0.2, (count, 2))
    corners = random.uniform(0, 1 - sides)
    return Candidates(
        np.concatenate([corners, corners + sides], axis=1), random.uniform(size=count), random.integers(0, 3, count)
    )


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of pairs of boxes that are compared."""
    counts: list[int] = []
    divide = np.divide  # computes IoUs

    def counting(shared: NDArray[np.float64], union: NDArray[np.float64], **options: Any) -> NDArray[np.float64]:
        counts.append(shared.size)
        return np.asarray(divide(shared, union, **options))

    monkeypatch.setattr(np, "divide", counting)
    return counts


@given(st.lists(st.tuples(candidates(), st.lists(any_criteria(st.just(EVERY_LABEL)), max_size=3)), max_size=3))
def test_many_callers_are_answered_as_if_alone(images: list[tuple[Candidates, list[Criteria]]]) -> None:
    """Each caller gets what it would get alone, as long as all need fewer candidates than NMS sees."""
    callers = [
        Wanted(seen, criteria, LABELS)
        for found, asked in images
        for seen in [Seen.join([found])]
        for criteria in asked
        for more in range(MIN_USES)
        for criteria in [replace(criteria, max_results=criteria.max_results + more)]
    ]
    for each, (kept, dropped) in zip(callers, select_each(callers), strict=True):
        expected, counts = select(each.seen.ranked, each.criteria, each.labels)
        assert kept.equals(expected)
        assert dropped == counts


def test_callers_who_want_the_same_are_answered_once() -> None:
    """Features that are alike, as clients repeat them, share one answer; others of the same photo have their own."""
    seen, other = Seen.join([many(PROPOSED)]), Seen.join([many(PROPOSED, 1)])
    asked = [
        (seen, COSTLY),
        (seen, replace(COSTLY, iou=0.5)),
        (other, COSTLY),
        (seen, replace(COSTLY)),
        (other, COSTLY),
    ]
    answers = select_each([Wanted(its, criteria, LABELS) for its, criteria in asked])
    assert [next(i for i, one in enumerate(answers) if one is each) for each in answers] == [0, 1, 2, 0, 2]


@pytest.mark.parametrize("iou", [0.0, 0.4, 0.99])
def test_a_crowd_is_shared_as_if_alone(iou: float) -> None:
    """Callers who look at the same crowd get what they would get alone, although they share the comparisons."""
    seen = Seen.join([many(MAX_SHARED)])
    asked = [replace(COSTLY, iou=iou, score=0.01 * index, per_class=bool(index % 2)) for index in range(CALLERS)]
    answers = select_each([Wanted(seen, criteria, LABELS) for criteria in asked])
    for criteria, (kept, dropped) in zip(asked, answers, strict=True):
        expected, counts = select(seen.ranked, criteria, LABELS)
        assert kept.equals(expected)
        assert dropped.nms >= counts.nms


@pytest.mark.parametrize("iou", [0.0, 0.4, 0.99])
@pytest.mark.parametrize("count", [MAX_SHARED, MAX_SHARED + 1, PROPOSED])
def test_many_callers_cost_as_much_as_one(iou: float, count: int, compared: list[int]) -> None:
    """The features of a photo, each of which may keep everything, compare no more pairs of boxes than one may."""
    seen = Seen.join([many(count)])
    asked = [replace(COSTLY, iou=iou, max_results=300 - index) for index in range(CALLERS)]
    assert len(select_each([Wanted(seen, criteria, LABELS) for criteria in asked])) == CALLERS
    assert 0 < sum(compared) < MAX_PAIRS


def test_different_callers_cost_as_much_as_one(compared: list[int]) -> None:
    """Features that share no box compare no more pairs than one may."""
    seen = Seen.join([many(2 * MAX_RANKED)])
    bands = pairwise(np.linspace(0.02, 0.2, CALLERS + 1).tolist())
    asked = [replace(COSTLY, width=low, max_width=high) for low, high in bands]
    select_each([Wanted(seen, criteria, LABELS) for criteria in asked])
    assert 0 < sum(compared) < MAX_PAIRS


@pytest.mark.parametrize("iou", [0.0, 0.4, 0.99])
def test_tiles_cost_as_much_as_one_view(iou: float, compared: list[int]) -> None:
    """The tiles of a photo, each full of boxes, compare no more pairs than an untiled photo may."""
    tiles = Seen.join([many(PROPOSED, seed) for seed in range(TILES + 1)])
    select_each([Wanted(tiles, replace(COSTLY, iou=iou), LABELS)])
    assert 0 < sum(compared) < MAX_PAIRS


@pytest.mark.parametrize("tiles", [2, 9, TILES])
def test_many_callers_of_tiles_share(tiles: int, compared: list[int]) -> None:
    """All features of a photo in tiles compare few more pairs of boxes in each tile than one may in a photo."""
    seen = Seen.join([many(PROPOSED, seed) for seed in range(tiles + 1)])
    asked = [replace(COSTLY, iou=0.9, max_results=300 - index) for index in range(CALLERS)]
    select_each([Wanted(seen, criteria, LABELS) for criteria in asked])
    assert 0 < sum(compared) < MAX_PAIRS * (1 + tiles / 8)


@pytest.mark.parametrize("inside", ["center", "overlap", "whole"])
@pytest.mark.parametrize("tiles", [0, 2])
@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"only_zones": True}, id="only what lies in a zone"),
        pytest.param({"score": 1.0}, id="what only a zone admits"),
        pytest.param({"score": 1.0, "only_zones": True}, id="both"),
    ],
)
def test_zones_share(monkeypatch: pytest.MonkeyPatch, inside: Inside, tiles: int, changed: dict[str, Any]) -> None:
    """All zones of all features together locate a bounded number of boxes."""
    located = count_located(monkeypatch)
    seen = Seen.join([many(PROPOSED, seed) for seed in range(tiles + 1)])
    left = np.array([(0.0, 0.0), (0.6, 0.0), (0.6, 1.0), (0.0, 1.0)])
    zones = tuple(Zone(f"zone {index}", left, inside, score=index / 1e6) for index in range(CALLERS))
    asked = [replace(COSTLY, iou=0.99, zones=zones, **changed)] * CALLERS
    select_each([Wanted(seen, criteria, LABELS) for criteria in asked])
    assert 0 < sum(located) <= 2 * MAX_TESTED


@pytest.mark.parametrize(
    ("counts", "total", "share"),
    [
        pytest.param([3], 10, 10, id="alone: everything"),
        pytest.param([30], 10, 10, id="alone: no more than that"),
        pytest.param([30, 40], 10, 5, id="two: half each"),
        pytest.param([3, 40], 10, 7, id="one needs less: the other gets the rest"),
        pytest.param([3, 1, 40, 50], 10, 3, id="two get the rest"),
        pytest.param([2, 3, 5], 10, 10, id="enough for all"),
        pytest.param([], 10, 10, id="nobody"),
    ],
)
def test_shares(counts: list[int], total: int, share: int) -> None:
    """All get the same, at most; who needs less leaves the rest to the others."""
    assert fair_share(counts, total) == share
    assert sum(min(count, share) for count in counts) <= total
