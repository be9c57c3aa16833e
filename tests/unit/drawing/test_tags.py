"""detector/drawing/tags.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.drawing import tags as tags_module
from detector.drawing.lettering import width_of
from detector.drawing.tags import MIN_LETTERS, Tag, Tags

LABELS = st.sampled_from(["", "cat 0.5", "safetycone 0.88", "a label that is longer than most photos are wide 0.3"])
SIDES = st.integers(1, 400)


def placed(boxes: list[tuple[int, int, int, int]], width: int, height: int, text: str, size: int = 16) -> list[Tag]:
    """The tags of boxes that all have the same text."""
    boxes_xyxy = np.array(boxes)
    tags = Tags(boxes_xyxy, width, height, size, margin=2)
    return [tags.place(box, text) for box in boxes_xyxy]


def apart(one: Tag, other: Tag) -> bool:
    """True if two tags share no pixel."""
    beside = one.left + one.width <= other.left or other.left + other.width <= one.left
    return beside or one.top + one.height <= other.top or other.top + other.height <= one.top


@given(SIDES, SIDES, LABELS, st.data())
def test_stays_inside_the_image(width: int, height: int, text: str, data: st.DataObject) -> None:
    """No tag leaves the image, however small that is and wherever its box."""
    columns, rows = (sorted(data.draw(st.tuples(*[st.integers(0, side - 1)] * 2))) for side in (width, height))
    [tag] = placed([(columns[0], rows[0], columns[1], rows[1])], width, height, text)
    assert 0 <= tag.left <= tag.left + tag.width <= width
    assert 0 <= tag.top <= tag.top + tag.height <= height
    assert width_of(tag.text, tag.size) <= tag.width


def test_lies_above_its_box() -> None:
    """If there is room, the tag stands on its box, flush left, with its full text."""
    [tag] = placed([(100, 100, 200, 200)], 400, 400, "cat 0.5")
    assert (tag.left, tag.top + tag.height, tag.text) == (100, 100, "cat 0.5")


@pytest.mark.parametrize("box", [(0, 0, 399, 399), (0, 0, 60, 60), (340, 340, 399, 399), (200, 0, 399, 399)])
def test_touches_its_box(box: tuple[int, int, int, int]) -> None:
    """A tag touches its box, even at the image's edges."""
    [tag] = placed([box], 400, 400, "cat 0.5")
    left, top, right, bottom = box
    assert tag.left <= right
    assert tag.left + tag.width >= left
    assert tag.top <= bottom
    assert tag.top + tag.height >= top


def test_makes_room_for_others() -> None:
    """Boxes that begin at the same place get separate tags."""
    first, second, third = placed(
        [(100, 100, 200, 200), (100, 102, 190, 210), (98, 100, 220, 240)], 400, 400, "cat 0.5"
    )
    assert apart(first, second)
    assert apart(second, third)
    assert apart(first, third)


def test_leaves_others_in_view() -> None:
    """A tag goes below its box if it would hide another object above it."""
    tag, _ = placed([(100, 100, 200, 200), (100, 70, 160, 95)], 400, 400, "cat 0.5")
    assert tag.top >= 180


def test_small_objects_have_small_names() -> None:
    """Letters shrink with the object, down to two thirds, and never below what is legible."""
    small, large = placed([(100, 100, 110, 110), (200, 200, 300, 300)], 400, 400, "cat 0.5", size=20)
    assert (small.size, large.size) == (13, 20)
    [tag] = placed([(0, 0, 3, 3)], 400, 400, "cat 0.5", size=MIN_LETTERS)
    assert tag.size == MIN_LETTERS


def test_a_crowd_takes_few_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    """All places of a label are compared with all boxes at once, and with all labels: hundreds take milliseconds."""
    calls: list[int] = []
    plain = tags_module._intersections

    def counting(places_xyxy: NDArray[np.float64], others_xyxy: NDArray[np.float64]) -> NDArray[np.float64]:
        calls.append(len(places_xyxy))
        return plain(places_xyxy, others_xyxy)

    monkeypatch.setattr(tags_module, "_intersections", counting)
    boxes_xyxy = np.tile([10, 10, 60, 60], (300, 1))
    placing = Tags(boxes_xyxy, 640, 480, 12, 2)
    for box_xyxy in boxes_xyxy:
        placing.place(box_xyxy, "cone 0.50")
    assert calls == [8] * 600
