"""detector/boxes/geometry.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.boxes.geometry import area, clip, intersection, iou
from detector.images.placement import Placement, letterbox, stretch

PIXELS = st.integers(1, 20_000)
BOXES: st.SearchStrategy[NDArray[np.float64]] = st.lists(
    st.tuples(*[st.floats(-2, 2)] * 4), min_size=1, max_size=8
).map(np.array)


@pytest.mark.parametrize(
    ("image", "canvas", "expected"),
    [
        pytest.param(
            (640, 480), (320, 320), Placement(320, 240, 0, 40, 320, 320), id="landscape: bars above and below"
        ),
        pytest.param((480, 640), (320, 320), Placement(240, 320, 40, 0, 320, 320), id="portrait: bars left and right"),
        pytest.param((100, 100), (320, 320), Placement(320, 320, 0, 0, 320, 320), id="small square: is enlarged"),
        pytest.param((320, 320), (320, 320), Placement(320, 320, 0, 0, 320, 320), id="same size: stays"),
        pytest.param((320, 239), (320, 320), Placement(320, 239, 0, 40, 320, 320), id="odd rest: lower bar is larger"),
        pytest.param((200, 100), (320, 160), Placement(320, 160, 0, 0, 320, 160), id="wide canvas: same proportions"),
        pytest.param((100, 100), (320, 160), Placement(160, 160, 80, 0, 320, 160), id="wide canvas: square image"),
        pytest.param((10_000, 1), (320, 320), Placement(320, 1, 0, 159, 320, 320), id="a line keeps one pixel"),
        pytest.param((1, 10_000), (320, 320), Placement(1, 320, 159, 0, 320, 320), id="an upright line, too"),
        pytest.param((1, 1), (1, 1), Placement(1, 1, 0, 0, 1, 1), id="a single pixel"),
    ],
)
def test_letterbox_places(image: tuple[int, int], canvas: tuple[int, int], expected: Placement) -> None:
    """A letterboxed image keeps its proportions and lies in the middle."""
    assert letterbox(*image, *canvas) == expected


@given(PIXELS, PIXELS, PIXELS, PIXELS)
def test_letterbox_fits(width: int, height: int, canvas_width: int, canvas_height: int) -> None:
    """A letterboxed image of any size lies inside the canvas and touches two of its sides."""
    placement = letterbox(width, height, canvas_width, canvas_height)
    assert 1 <= placement.width <= canvas_width
    assert 1 <= placement.height <= canvas_height
    assert placement.width == canvas_width or placement.height == canvas_height
    assert 0 <= placement.left <= canvas_width - placement.width
    assert 0 <= placement.top <= canvas_height - placement.height


@given(PIXELS, PIXELS, st.integers(16, 2000), st.integers(16, 2000), BOXES)
def test_letterbox_round_trips(
    width: int, height: int, canvas_width: int, canvas_height: int, boxes_xyxy: np.ndarray
) -> None:
    """A box mapped onto a letterboxed canvas and back is unchanged, to 1e-6 of the image."""
    placement = letterbox(width, height, canvas_width, canvas_height)
    assert placement.to_image(placement.to_canvas(boxes_xyxy)) == pytest.approx(boxes_xyxy, abs=1e-6)


@given(PIXELS, PIXELS, BOXES)
def test_stretch_round_trips(canvas_width: int, canvas_height: int, boxes_xyxy: np.ndarray) -> None:
    """On a stretched canvas a box has the same fractions as on the image, both ways."""
    placement = stretch(1, 1, canvas_width, canvas_height)
    assert placement.to_canvas(boxes_xyxy) == pytest.approx(boxes_xyxy, abs=1e-6)
    assert placement.to_image(boxes_xyxy) == pytest.approx(boxes_xyxy, abs=1e-6)


@pytest.mark.parametrize(
    ("on_canvas", "on_image"),
    [
        pytest.param((0, 0.125, 1, 0.875), (0, 0, 1, 1), id="the image's own outline"),
        pytest.param((0.25, 0.5, 0.5, 0.6875), (0.25, 0.5, 0.5, 0.75), id="a box below the middle"),
        pytest.param((0, 0, 1, 1), (0, -1 / 6, 1, 7 / 6), id="the whole canvas sticks out"),
    ],
)
def test_boxes_leave_the_letterbox(on_canvas: tuple[float, ...], on_image: tuple[float, ...]) -> None:
    """Boxes on a canvas with bars above and below become fractions of the image between them."""
    placement = letterbox(640, 480, 320, 320)
    assert placement.to_image(np.array([on_canvas]))[0] == pytest.approx(on_image)


@pytest.mark.parametrize(
    ("box_xyxy", "expected"),
    [
        pytest.param((0.1, 0.2, 0.3, 0.4), (0.1, 0.2, 0.3, 0.4), id="inside: stays"),
        pytest.param((-0.5, -1, 1.5, 2), (0, 0, 1, 1), id="larger than the image: is the image"),
        pytest.param((1.2, 0, 1.5, 1), (1, 0, 1, 1), id="beside the image: has no width left"),
        pytest.param((-np.inf, 0, np.inf, 1), (0, 0, 1, 1), id="infinite: is cut off, too"),
    ],
)
def test_clip(box_xyxy: tuple[float, ...], expected: tuple[float, ...]) -> None:
    """Boxes end at the image's edges."""
    assert clip(np.array([box_xyxy])).tolist() == [list(expected)]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param((0, 0, 1, 1), (0, 0, 1, 1), 1, id="the same box"),
        pytest.param((0, 0, 1, 1), (0, 0, 0.5, 1), 1 / 2, id="half of it"),
        pytest.param((0, 0, 0.5, 1), (0.25, 0, 0.75, 1), 1 / 3, id="half overlapping"),
        pytest.param((0, 0, 0.5, 0.5), (0.25, 0.25, 0.75, 0.75), 1 / 7, id="a corner"),
        pytest.param((0.25, 0.25, 0.75, 0.75), (0, 0, 1, 1), 1 / 4, id="one inside the other"),
        pytest.param((0, 0, 0.5, 1), (0.5, 0, 1, 1), 0, id="touching sides"),
        pytest.param((0, 0, 0.2, 0.2), (0.8, 0.8, 1, 1), 0, id="apart in both directions"),
        pytest.param((0, 0, 0.2, 1), (0.8, 0, 1, 1), 0, id="apart in one direction"),
        pytest.param((0.5, 0, 0.5, 1), (0, 0, 1, 1), 0, id="no width"),
        pytest.param((0.5, 0.5, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5), 0, id="both a point: no division by zero"),
        pytest.param((0.8, 0, 0.2, 1), (0, 0, 1, 1), 0, id="inverted: covers nothing"),
    ],
)
def test_iou(one: tuple[float, ...], other: tuple[float, ...], expected: float) -> None:
    """Intersection over union equals the value by hand, whichever box comes first."""
    assert iou(np.array(one), np.array([other])) == pytest.approx([expected])
    assert iou(np.array(other), np.array([one])) == pytest.approx([expected])


def test_intersection() -> None:
    """The shared area of one box with each of many is width times height, and 0 if they are apart."""
    boxes_xyxy = np.array([(0.5, 0.5, 1, 1), (0, 0, 1, 0.25), (0.8, 0, 1, 0.4), (0, 0, 0, 0)])
    assert intersection(np.array((0, 0, 0.75, 0.75)), boxes_xyxy).tolist() == [0.0625, 0.1875, 0, 0]


@given(BOXES)
def test_iou_is_a_fraction(boxes_xyxy: np.ndarray) -> None:
    """Intersection over union is between 0 and 1 for any boxes, including inverted ones."""
    ratios = iou(boxes_xyxy[0], boxes_xyxy)
    assert ratios.shape == (len(boxes_xyxy),)
    assert ((ratios >= 0) & (ratios <= 1)).all()


@pytest.mark.parametrize(
    ("box_xyxy", "expected"),
    [
        pytest.param((0, 0, 0.5, 0.25), 0.125, id="width times height"),
        pytest.param((0.5, 0, 0.5, 1), 0, id="no width"),
        pytest.param((0.5, 0.5, 0.25, 0.25), 0, id="inverted twice: not the product of two negatives"),
    ],
)
def test_area(box_xyxy: tuple[float, ...], expected: float) -> None:
    """An area is never negative, and 0 for an inverted box."""
    assert area(np.array(box_xyxy)) == expected
    assert area(np.array([box_xyxy, box_xyxy])).tolist() == [expected, expected]
