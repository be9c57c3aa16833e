"""training/data/dataset.py: folders as people have them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from training.data.dataset import parse_labels, read_dataset, read_names


def photo(file: Path, width: int = 40, height: int = 20) -> None:
    """Write a grey photo."""
    file.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(file), np.full((height, width, 3), 128, np.uint8))


def text(file: Path, words: str) -> None:
    """Write a text file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(words, "utf-8")


def test_reads_photos_with_their_boxes(tmp_path: Path) -> None:
    """Boxes are read in fractions and held in pixels; a part that is given as val is measured on."""
    for part in ("train", "val"):
        photo(tmp_path / part / "images" / "a.jpg")
        text(tmp_path / part / "labels" / "a.txt", "0 0.5 0.5 0.5 1.0\n")
    text(tmp_path / "labels.txt", "cup\n")
    dataset = read_dataset(tmp_path, 640, "mine")
    assert dataset.names == ["cup"]
    assert len(dataset.train) == len(dataset.val) == 1
    assert dataset.train[0].boxes_xyxy.tolist() == [[10, 0, 30, 20]]
    assert dataset.warnings == []


def test_lists_what_is_wrong_and_goes_on(tmp_path: Path) -> None:
    """An unreadable photo, bad labels, an empty class and strays are named, and the rest is used."""
    for name in ("a", "b", "c"):
        photo(tmp_path / "images" / f"{name}.jpg")
        text(tmp_path / "labels" / f"{name}.txt", "0 0.5 0.5 0.5 0.5\n9 0.5 0.5 0.1 0.1\nhello\n0 0.5 0.5 0 0.1\n")
    text(tmp_path / "images" / "broken.jpg", "no photo")
    text(tmp_path / "labels" / "stray.txt", "0 0.5 0.5 0.5 0.5\n")
    photo(tmp_path / "images" / "unlabelled.jpg")
    text(tmp_path / "names.txt", "cup\nspoon\n")
    dataset = read_dataset(tmp_path, 640, "mine")
    warnings = "\n".join(dataset.warnings)
    for sentence in (
        "broken.jpg: not a readable photo",
        "a.txt: line 2: there is no class 9",
        "a.txt: line 3: could not convert",
        "a.txt: line 4: the box has no area",
        "stray.txt: no photo of that name",
        "unlabelled.jpg: no label file",
        "no box in train for 1 of 2 classes: spoon",
        "no val/: 1 of 4 photos are kept",
    ):
        assert sentence in warnings
    assert len(dataset.train) + len(dataset.val) == 4


def test_asks_for_boxes(tmp_path: Path) -> None:
    """A folder without a labelled photo is an error that says what is expected."""
    photo(tmp_path / "images" / "a.jpg")
    with pytest.raises(FileNotFoundError, match=r"expected images/ and labels/"):
        read_dataset(tmp_path, 640, "mine")


@pytest.mark.parametrize(
    ("line", "box"),
    [
        ("0 0.5 0.5 0.2 0.4", [0.4, 0.3, 0.6, 0.7]),
        ("0 0.0 0.5 0.2 0.4", [0.0, 0.3, 0.1, 0.7]),  # cut off at the edge
        ("0 0.1 0.2 0.5 0.2 0.3 0.6", [0.1, 0.2, 0.5, 0.6]),  # an outline
    ],
)
def test_parses_a_line(line: str, box: list[float]) -> None:
    """A line is a box by its centre, or an outline of three or more corners."""
    boxes, class_ids, refused = parse_labels(line, 1)
    assert boxes[0].tolist() == pytest.approx(box)
    assert (class_ids.tolist(), refused) == ([0], [])


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("classes.txt", "cup\nlöffel\n"),
        ("data.yaml", "names: [cup, löffel]\n"),
        ("dataset.yaml", "names: {1: löffel, 0: cup}\n"),
    ],
)
def test_reads_names(tmp_path: Path, file: str, words: str) -> None:
    """Labels are found where the usual tools leave them."""
    text(tmp_path / file, words)
    assert read_names(tmp_path) == ["cup", "löffel"]


def test_reads_what_windows_and_label_img_write(tmp_path: Path) -> None:
    """Names may lie with the labels, and texts begin with a byte order mark."""
    photo(tmp_path / "images" / "a.jpg")
    text(tmp_path / "labels" / "a.txt", "\ufeff0 0.5 0.5 0.5 1.0\n")
    text(tmp_path / "labels" / "classes.txt", "\ufeffcup\nspoon\n")
    dataset = read_dataset(tmp_path, 640, "mine")
    assert dataset.names == ["cup", "spoon"]
    assert [len(photo.class_ids) for photo in dataset.train] == [1]
    assert not any("a.txt" in warning for warning in dataset.warnings)
