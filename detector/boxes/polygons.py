"""Geometry of polygons. An outline [P, 2] lists the corners in order; the last is joined to the first."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

TOUCHING = 1e-12  # of coordinates 0..1; points that differ by less lie on one line


def without_repeats(outline: Points) -> Points:
    """An outline without corners that repeat the one before, or the first at its end, as in GeoJSON."""
    repeats = (outline == np.concatenate([outline[-1:], outline[:-1]])).all(axis=1)
    return np.asarray(outline[~repeats])


def area(outline: Points) -> float:
    """The area of a polygon that does not cross itself, by Gauss's formula."""
    starts, ends = outline, _next(outline)
    return abs(float(_cross(starts, ends).sum())) / 2


def crosses_itself(outline: Points) -> bool:
    """True if sides of an outline cross or touch anywhere but in the corner that neighbours share."""
    count = len(outline)
    if count < 4:
        return False  # a triangle's sides are all neighbours
    starts, ends = outline, _next(outline)
    one, other = np.triu_indices(count, 2)  # pairs of sides that are not neighbours, except the first and the last
    apart = other - one < count - 1
    one, other = one[apart], other[apart]
    return bool(_meet(starts[one], ends[one], starts[other], ends[other]).any())


def contains(outline: Points, points_xy: Points) -> NDArray[np.bool_]:
    """A mask [N] of the points [N, 2] inside a polygon: a ray from them crosses its sides an odd number of times."""
    (x0, y0), y1 = outline.T, _next(outline[:, 1])
    x, y = points_xy.T[..., None]
    crossed = ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * _slopes(outline))
    return np.asarray(crossed.sum(axis=1) % 2 == 1)


def shared_areas(outline: Points, boxes_xyxy: Points) -> NDArray[np.float64]:
    """The areas [N] that a polygon that does not cross itself shares with boxes [N, 4].

    By Green's theorem: integrates the lengths of the horizontal lines inside both over the height. Each side adds or
    subtracts the area between the box's left side and itself.
    """
    (x0, y0), y1 = outline.T, _next(outline[:, 1])
    left, top, right, bottom = boxes_xyxy.T[..., None]
    rises, slopes = y1 - y0, _slopes(outline)
    upper, lower = _clip(np.minimum(y0, y1), top, bottom), _clip(np.maximum(y0, y1), top, bottom)
    starts, ends = x0 + (upper - y0) * slopes, x0 + (lower - y0) * slopes
    lengths = _mean_clipped(np.minimum(starts, ends), np.maximum(starts, ends), left, right) - left
    return np.asarray(np.abs((np.sign(rises) * (lower - upper) * lengths).sum(axis=1)))


def _next(corners: Points) -> Points:
    """The corner [P, ...] that follows each; NumPy's roll takes seven times as long."""
    return np.concatenate([corners[1:], corners[:1]])


def _clip(numbers: Points, minimum: Points, maximum: Points) -> Points:
    """Clips numbers to a range each; NumPy's clip takes twice as long for a few."""
    return np.asarray(np.minimum(np.maximum(numbers, minimum), maximum))


def _slopes(outline: Points) -> NDArray[np.float64]:
    """Each side's change in x per unit of y; 0 for level sides."""
    sides = _next(outline) - outline
    return np.divide(sides[:, 0], sides[:, 1], out=np.zeros(len(sides)), where=np.abs(sides[:, 1]) > TOUCHING)


def _mean_clipped(low: Points, high: Points, minimum: Points, maximum: Points) -> Points:
    """The means of numbers that run evenly from `low` to `high`, each clipped to `minimum` and `maximum`."""
    first, last = _clip(low, minimum, maximum), _clip(high, minimum, maximum)
    span = high - low
    within = (first + last) / 2
    below, above = _clip(minimum, low, high) - low, high - _clip(maximum, low, high)
    outside = below * (minimum - within) + above * (maximum - within)
    return np.asarray(within + np.divide(outside, span, out=np.zeros_like(span), where=span > TOUCHING))


def _meet(start: Points, end: Points, other_start: Points, other_end: Points) -> NDArray[np.bool_]:
    """A mask [N] of the pairs of segments that share a point."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    other_low, other_high = np.minimum(other_start, other_end), np.maximum(other_start, other_end)
    near = ((low <= other_high + TOUCHING) & (other_low <= high + TOUCHING)).all(axis=1)
    return np.asarray(
        near & _divides(start, end, other_start, other_end) & _divides(other_start, other_end, start, end)
    )


def _divides(start: Points, end: Points, one: Points, other: Points) -> NDArray[np.bool_]:
    """A mask [N] of the lines from `start` to `end` that have `one` and `other` on different sides, or on the line."""
    sides = [
        np.where(np.abs(side) < TOUCHING, 0, side) for side in (_cross(end - start, p - start) for p in (one, other))
    ]
    return np.asarray(np.sign(sides[0]) * np.sign(sides[1]) <= 0)


def _cross(one: Points, other: Points) -> NDArray[np.float64]:
    """Cross products [N] of vectors [N, 2]."""
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])
