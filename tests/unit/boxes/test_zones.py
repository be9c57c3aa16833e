"""detector/boxes/zones.py, and detector/boxes/filters.py with zones."""

from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.boxes.candidates import Candidates
from detector.boxes.filters import MAX_DOUBTFUL, MAX_LOCATED, MAX_RANKED, Criteria, Dropped, select
from detector.boxes.label_rules import LabelRules
from detector.boxes.zones import Inside, Zone, in_zones
from detector.errors import UnusableZone
from tests.support.strategies import THRESHOLDS, candidates

LABELS = ("ant", "bee", "cat")
EVERYTHING = Criteria(score=0.0, width=0.0, height=0.0, iou=1.0, per_class=True, max_results=300)
LEFT = np.array([(0, 0), (0.5, 0), (0.5, 1), (0, 1)])
RULES = st.builds(
    LabelRules,
    types=st.frozensets(st.sampled_from(LABELS)),
    thresholds=st.dictionaries(st.sampled_from(LABELS), THRESHOLDS),
)


@st.composite
def zones(draw: st.DrawFn, number: int) -> Zone:
    """A triangle somewhere with any rules."""
    left, right = sorted(draw(st.lists(st.integers(0, 8), min_size=2, max_size=2, unique=True)))
    outline = np.array([(left / 8, draw(THRESHOLDS)), (right / 8, 0), (right / 8, 1)])
    return Zone(
        f"zone {number}",
        outline,
        draw(st.sampled_from(["center", "overlap", "whole"])),
        draw(THRESHOLDS),
        draw(THRESHOLDS),
        draw(RULES),
    )


CRITERIA = st.builds(
    Criteria,
    score=THRESHOLDS,
    width=st.sampled_from([0, 0.25]),
    height=st.just(0),
    iou=THRESHOLDS,
    per_class=st.booleans(),
    max_results=st.integers(1, 30),
    labels=RULES,
    zones=st.tuples(zones(0), zones(1)),
    only_zones=st.booleans(),
)


@pytest.mark.parametrize(
    ("box", "inside"),
    [
        pytest.param((0.1, 0.1, 0.4, 0.4), ["center", "overlap", "half", "whole"], id="inside"),
        pytest.param((0.0, 0.0, 0.5, 1.0), ["center", "overlap", "half", "whole"], id="all of it"),
        pytest.param((0.3, 0.1, 0.6, 0.4), ["center", "overlap", "half"], id="across, most of it inside"),
        pytest.param((0.4, 0.1, 0.6, 0.4), ["overlap", "half"], id="just half of it inside"),
        pytest.param((0.4, 0.1, 0.7, 0.4), ["overlap"], id="across, most of it outside"),
        pytest.param((0.5, 0.1, 0.7, 0.4), [], id="touching"),
        pytest.param((0.8, 0.1, 0.9, 0.4), [], id="outside"),
        pytest.param((0.4, 0.4, 0.4, 0.4), ["center"], id="without an area"),
    ],
)
def test_holds(box: tuple[float, ...], inside: list[str]) -> None:
    """A box lies in a zone by its centre, by a share of its area, or as a whole."""
    ways: dict[str, tuple[Inside, float]] = {
        "center": ("center", 1.0),
        "overlap": ("overlap", 0.0),
        "half": ("overlap", 0.5),
        "whole": ("whole", 0.0),
    }
    found = [name for name, way in ways.items() if Zone("left", LEFT, *way).holds(np.array([box])).all()]
    assert found == inside


@pytest.mark.parametrize(
    ("corners", "reason"),
    [
        pytest.param([(0, 0), (1, 1)], "enclose", id="two corners"),
        pytest.param([(0, 0), (0, 0), (1, 1), (0, 0)], "enclose", id="two, repeated"),
        pytest.param([(0, 0), (0.5, 0.5), (1, 1)], "enclose", id="on a line"),
        pytest.param([(0.3, 0.3)] * 64, "enclose", id="a point"),
        pytest.param([(0, 0), (1, 1), (1, 0), (0, 1)], "cross", id="a bow"),
    ],
)
def test_refuses_other_outlines(corners: list[tuple[float, float]], reason: str) -> None:
    """An outline that encloses nothing or crosses itself is refused."""
    with pytest.raises(UnusableZone, match=reason):
        Zone("zone", np.array(corners, np.float64))


@given(candidates(), CRITERIA)
def test_every_candidate_is_accounted_for(found: Candidates, criteria: Criteria) -> None:
    """With zones, too, kept and dropped candidates add up to those that the model proposed."""
    kept, dropped = select(found, criteria, LABELS)
    assert min(astuple(dropped)) >= 0
    assert len(kept) + sum(astuple(dropped)) == len(found) + found.not_listed
    assert (kept.scores >= criteria.min_score(LABELS)).all()


@given(candidates(), CRITERIA)
def test_kept_candidates_meet_the_rules(found: Candidates, criteria: Criteria) -> None:
    """Every kept candidate meets the rules for the whole image, or those of a zone that it lies in."""
    kept, _ = select(found, criteria, LABELS)
    rules = criteria.labels.by_class(LABELS, criteria.score)
    counts = rules.score_mask(kept) & rules.count(kept)
    inside = in_zones(kept, criteria.zones, LABELS)
    assert (inside.any(axis=1) if criteria.only_zones else counts | inside.any(axis=1)).all()


@given(candidates(), CRITERIA)
def test_only_zones_drops_the_rest_alone(found: Candidates, criteria: Criteria) -> None:
    """only_zones keeps the detections without it that lie in a zone, as long as the maximum is not reached."""
    every, _ = select(found, replace(criteria, only_zones=False, max_results=300), LABELS)
    only, _ = select(found, replace(criteria, only_zones=True, max_results=300), LABELS)
    assert only.equals(every.take(np.flatnonzero(in_zones(every, criteria.zones, LABELS).any(axis=1))))


@pytest.mark.parametrize(
    ("zone", "changed", "expected", "inside"),
    [
        pytest.param({}, {}, Dropped(), 2, id="a zone changes nothing"),
        pytest.param({}, {"only_zones": True}, Dropped(zones=2), 2, id="only zones"),
        pytest.param({}, {"only_zones": True, "max_results": 1}, Dropped(max_results=3), 1, id="and one result"),
        pytest.param({"score": 0.8}, {}, Dropped(), 1, id="choosier: found, but not in the zone"),
        pytest.param({"score": 0.8}, {"only_zones": True}, Dropped(zones=3), 1, id="choosier, and only zones"),
        pytest.param({"score": 0.5}, {"score": 0.95}, Dropped(score=2), 2, id="less choosy: found in the zone alone"),
        pytest.param({"score": 0.95}, {"score": 0.95}, Dropped(score=4), 0, id="choosy everywhere"),
        pytest.param(
            {"labels": LabelRules(thresholds={"ant": 0.95})}, {"only_zones": True}, Dropped(zones=3), 1, id="one label"
        ),
        pytest.param(
            {"labels": LabelRules(frozenset(["bee"]))},
            {"labels": LabelRules(frozenset(["ant"]))},
            Dropped(type=1),
            1,
            id="another label: found in the zone alone",
        ),
    ],
)
def test_steps(zone: dict[str, Any], changed: dict[str, Any], expected: Dropped, inside: int) -> None:
    """A zone's own rules apply inside it, in place of those for the image."""
    left, right = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0)
    found = Candidates(
        np.array([left, right, left, right]), np.array([0.9, 0.9, 0.7, 0.7]), np.array([0, 0, 1, 1], np.intp)
    )
    criteria = replace(EVERYTHING, zones=(Zone("left", LEFT, **zone),), **changed)
    kept, dropped = select(found, criteria, LABELS)
    assert dropped == expected
    assert int(in_zones(kept, criteria.zones, LABELS).sum()) == inside


def test_floods_are_bounded() -> None:
    """Of a flood of boxes, only the best are tested for zones, and the others count as dropped."""
    count = MAX_RANKED + 50
    scores = np.random.default_rng(1).permutation(count) / count
    found = Candidates(np.tile([0.6, 0.0, 1.0, 1.0], (count, 1)), scores, np.zeros(count, np.intp))
    zone = Zone("left", LEFT, "overlap")
    kept, dropped = select(found, replace(EVERYTHING, zones=(zone,), only_zones=True), LABELS)
    assert (len(kept), dropped.zones) == (0, MAX_LOCATED)
    right = Zone("right", 1 - LEFT, "overlap", labels=LabelRules(frozenset(["ant"])))
    criteria = replace(EVERYTHING, labels=LabelRules(frozenset(["bee"])), zones=(right,))
    kept, dropped = select(found, criteria, LABELS)
    assert kept.scores.tolist() == sorted(scores, reverse=True)[:300]
    assert dropped == Dropped(type=count - MAX_DOUBTFUL, max_results=MAX_DOUBTFUL - 300)
