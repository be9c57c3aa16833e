"""training/data/formats: every layout gives the same photos and boxes."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.datasets import LAYOUTS, Labelled
from training.data import Dataset, Photo, Reading, read_dataset

LETTERS = st.characters(codec="utf-8", categories=["L", "Nd"])
NAMES = st.lists(st.text(LETTERS, min_size=1, max_size=8), min_size=1, max_size=13, unique_by=str.casefold)


@st.composite
def labelled(draw: st.DrawFn, classes: int, part: str, number: int, *, some: bool) -> Labelled:
    """A photo with boxes; `some` has one at least."""
    width, height = draw(st.integers(16, 90)), draw(st.integers(16, 90))
    boxes: dict[tuple[int, tuple[int, int, int, int]], None] = {}
    for _ in range(draw(st.integers(int(some), 3))):
        x0, y0 = draw(st.integers(0, width - 4)), draw(st.integers(0, height - 4))
        corners = (x0, y0, draw(st.integers(x0 + 3, width)), draw(st.integers(y0 + 3, height)))
        boxes[draw(st.integers(0, classes - 1)), corners] = None
    suffix = draw(st.sampled_from([".jpg", ".JPG", ".jpeg"]))
    return Labelled(part, f"photo {number}{suffix}", width, height, tuple(boxes))


@st.composite
def data_sets(draw: st.DrawFn) -> tuple[list[str], list[Labelled]]:
    """Names, and photos of two parts."""
    names = draw(NAMES)
    parts = ["train"] * draw(st.integers(1, 3)) + ["val"] * draw(st.integers(1, 2))
    first = {parts.index("train"), parts.index("val")}
    photos = [draw(labelled(len(names), part, index, some=index in first)) for index, part in enumerate(parts)]
    return names, photos


def found(photo: Photo, dataset: Dataset) -> list[tuple[str, list[int]]]:
    """Labels and boxes, in whole pixels, sorted."""
    rounded = np.rint(photo.boxes_xyxy).astype(int).tolist()
    return sorted((dataset.names[index], box) for index, box in zip(photo.class_ids, rounded, strict=True))


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data_sets())
def test_reads_what_a_layout_holds(layout: str, data: tuple[list[str], list[Labelled]]) -> None:
    """Every photo, box, label and part of a layout is read; classes keep their order."""
    names, photos = data
    write, format_name, ordered = LAYOUTS[layout]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), photos, names)
        dataset = read_dataset(Path(folder), Reading())
    assert dataset.format == format_name
    if ordered:
        assert dataset.names == names
    for part, read in (("train", dataset.train), ("val", dataset.val)):
        expected = {
            photo.name: sorted((names[index], list(box)) for index, box in photo.boxes)
            for photo in photos
            if photo.part == part
        }
        assert {photo.name: found(photo, dataset) for photo in read} == expected
    refusals = [warning for warning in dataset.warnings if "no box in train" not in warning]
    assert refusals == []
