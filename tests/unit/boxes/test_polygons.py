"""detector/boxes/polygons.py."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.boxes.polygons import Points, area, contains, crosses_itself, shared_areas, without_repeats
from tests.support.strategies import SIDES

SQUARE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
TRIANGLE = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]
HOOK = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.75, 1.0), (0.75, 0.25), (0.25, 0.25), (0.25, 1.0), (0.0, 1.0)]
BOXES = st.tuples(SIDES, SIDES).map(lambda sides: (sides[0][0], sides[1][0], sides[0][1], sides[1][1]))


def outline(*corners: tuple[float, float]) -> Points:
    """An outline of corners."""
    return np.array(corners, np.float64)


@st.composite
def stars(draw: st.DrawFn) -> Points:
    """Simple polygons with dents: corners around a centre, some of them level with others."""
    count = draw(st.integers(3, 12))
    radii = draw(st.lists(st.sampled_from([0.1, 0.25, 0.45]), min_size=count, max_size=count))
    turn = draw(st.floats(0, 1))
    angles = [2 * math.pi * (corner + turn) / count for corner in range(count)]
    points = [(0.5 + r * math.cos(a), 0.5 + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]
    return np.array(points[:: draw(st.sampled_from([1, -1]))])


def clipped(corners: list[tuple[float, float]], box: tuple[float, ...]) -> float:
    """The area that a polygon shares with a box, by clipping one side after another (Sutherland-Hodgman)."""
    for axis, limit, sign in ((0, box[0], 1), (1, box[1], 1), (0, box[2], -1), (1, box[3], -1)):
        kept: list[tuple[float, float]] = []
        for start, end in zip(corners, [*corners[1:], *corners[:1]], strict=True):
            here, there = sign * (start[axis] - limit), sign * (end[axis] - limit)
            if here >= 0:
                kept.append(start)
            if here * there < 0:
                part = here / (here - there)
                kept.append((start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])))
        corners = kept
        if not corners:
            return 0.0
    ends = [*corners[1:], *corners[:1]]
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(corners, ends, strict=True))) / 2


@given(stars(), st.lists(BOXES, max_size=5))
def test_shared_areas(polygon: Points, boxes: list[tuple[float, ...]]) -> None:
    """A polygon of any shape and orientation shares the same area with boxes as by another method."""
    corners = [(x, y) for x, y in polygon.tolist()]
    expected = [clipped(corners, box) for box in boxes]
    found = shared_areas(polygon, np.array(boxes, np.float64).reshape(-1, 4))
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("corners", "box", "expected"),
    [
        pytest.param(SQUARE, (0.25, 0.25, 0.5, 0.75), 0.125, id="inside"),
        pytest.param(SQUARE, (0, 0, 1, 1), 1.0, id="the same"),
        pytest.param(TRIANGLE, (0, 0, 1, 1), 0.5, id="around it"),
        pytest.param(TRIANGLE, (0.5, 0, 1, 0.5), 0.125, id="cut by a slope"),
        pytest.param(TRIANGLE, (0.5, 0.5, 1, 1), 0.0, id="touching in a point"),
        pytest.param(HOOK, (0.25, 0.25, 0.75, 1), 0.0, id="in the gap"),
        pytest.param(HOOK, (0, 0.5, 1, 1), 0.25, id="across the gap"),
        pytest.param(HOOK, (0.5, 0.5, 0.5, 0.5), 0.0, id="a point"),
    ],
)
def test_shared_area(corners: list[tuple[float, float]], box: tuple[float, ...], expected: float) -> None:
    """A box counts by its share in the polygon, whichever way round that is drawn."""
    for polygon in (outline(*corners), outline(*corners[::-1]), outline(*corners[2:], *corners[:2])):
        assert shared_areas(polygon, np.array([box])) == pytest.approx([expected])
        assert area(polygon) == pytest.approx(shared_areas(polygon, np.array([[0, 0, 1, 1]]))[0])


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        pytest.param((0.1, 0.9), True, id="in an arm"),
        pytest.param((0.5, 0.9), False, id="in the gap"),
        pytest.param((0.9, 0.9), True, id="in the other arm"),
        pytest.param((0.5, 0.1), True, id="in the bow"),
        pytest.param((0.1, 0.25), True, id="level with a corner"),
        pytest.param((1.5, 0.1), False, id="to the right"),
        pytest.param((-0.5, 0.25), False, id="to the left, level with a corner"),
    ],
)
def test_contains(point: tuple[float, float], inside: bool) -> None:
    """Points in gaps are outside, points level with corners count once."""
    assert contains(outline(*HOOK), np.array([point])).tolist() == [inside]


@given(stars(), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5))
def test_contains_what_small_boxes_share(polygon: Points, points: list[tuple[float, float]]) -> None:
    """A point is inside if all of a small box around it is, and outside if nothing of it is."""
    centres = np.array(points)
    boxes = np.concatenate([centres - 1e-4, centres + 1e-4], axis=1)
    shares = shared_areas(polygon, boxes) / 4e-8
    inside = contains(polygon, centres)
    assert inside[shares > 0.999].all()
    assert not inside[shares < 0.001].any()


@pytest.mark.parametrize(
    "corners",
    [
        pytest.param([(0, 0), (1, 1), (1, 0), (0, 1)], id="a bow"),
        pytest.param([(0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)], id="a corner on a side"),
        pytest.param([(0, 0), (0.5, 0.5), (1, 1), (1, 0), (0.5, 0.5), (0, 1)], id="crossing in a corner"),
        pytest.param([(0, 0), (1, 0), (0, 1), (0, 0), (1, 0), (0, 1)], id="twice around"),
        pytest.param([(0, 0), (1, 0), (0.5, 0), (0.5, 1)], id="back along a side"),
        pytest.param([(0, 0), (1, 0), (1, 1), (0.2, 0.2), (0.2, 0.4), (0.4, 0.4), (0.2, 0.2), (0, 1)], id="a hole"),
        pytest.param([(0.5, 0), (0.8, 1), (0, 0.4), (1, 0.4), (0.2, 1)], id="a pentagram"),
    ],
)
def test_crosses_itself(corners: list[tuple[float, float]]) -> None:
    """Outlines that cross, touch or follow themselves are found, from any corner and in either direction."""
    for start in range(len(corners)):
        turned = corners[start:] + corners[:start]
        assert crosses_itself(outline(*turned))
        assert crosses_itself(outline(*turned[::-1]))


@given(stars())
def test_does_not_cross_itself(polygon: Points) -> None:
    """Polygons with dents do not cross themselves."""
    assert not crosses_itself(polygon)


@pytest.mark.parametrize("corners", [SQUARE, TRIANGLE, HOOK])
def test_repeats(corners: list[tuple[float, float]]) -> None:
    """Repeated corners, including the first one at the end, change nothing."""
    repeated = [corner for corner in corners for _ in range(3)]
    for polygon in (corners, repeated, [*corners, corners[0]]):
        assert sorted(map(tuple, without_repeats(outline(*polygon)).tolist())) == sorted(corners)
    assert len(without_repeats(outline((0.5, 0.5), (0.5, 0.5), (0.5, 0.5)))) == 0
