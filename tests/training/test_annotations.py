"""Annotations as tools write them: lines, names, crowds and outlines."""

from pathlib import Path

import pytest

from tests.support.written_datasets import compressed, photo, text, voc_xml, write_coco
from training.data import IGNORED, Reading, read_dataset


@pytest.mark.parametrize(
    ("line", "box"),
    [
        ("0 0.5 0.5 0.2 0.4", [0.4, 0.3, 0.6, 0.7]),
        ("0 0.0 0.5 0.2 0.4", [0.0, 0.3, 0.1, 0.7]),  # cut off at the edge
        ("0 0.5 0.5 0.2 0.4 0.93", [0.4, 0.3, 0.6, 0.7]),  # with a confidence
        ("0 0.1 0.2 0.5 0.2 0.3 0.6", [0.1, 0.2, 0.5, 0.6]),  # an outline
    ],
)
def test_reads_a_line(tmp_path: Path, line: str, box: list[float]) -> None:
    """A line is a box by its centre, with or without a confidence, or an outline of three or more corners."""
    photo(tmp_path / "images" / "a.jpg", 100, 100)
    text(tmp_path / "labels" / "a.txt", line)
    [only] = read_dataset(tmp_path, Reading(hold_out=False)).train
    assert only.boxes_xyxy[0] / 100 == pytest.approx(box)


def test_reads_boxes_before_keypoints(tmp_path: Path) -> None:
    """A data set for poses has key points after each box; data.yaml gives their number."""
    photo(tmp_path / "images" / "train" / "a.jpg", 100, 100)
    text(tmp_path / "labels" / "train" / "a.txt", "0 0.5 0.5 0.2 0.4 0.1 0.1 2 0.9 0.9 2")
    text(tmp_path / "data.yaml", "train: images/train\nnames: [cup]\nkpt_shape: [2, 3]\n")
    [only] = read_dataset(tmp_path, Reading(hold_out=False)).train
    assert only.boxes_xyxy[0] / 100 == pytest.approx([0.4, 0.3, 0.6, 0.7])


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("classes.txt", "cup\n\nlöffel\n"),
        ("data.yaml", "names: [cup, löffel]\n"),
        ("dataset.yaml", "names: {1: löffel, 0: cup}\n"),
        ("notes.json", '{"categories": [{"id": 1, "name": "löffel"}, {"id": 0, "name": "cup"}]}'),
        ("obj.names", "\ufeffcup\r\nlöffel\r\n"),
    ],
)
def test_reads_names(tmp_path: Path, file: str, words: str) -> None:
    """Labels are found in the places where common tools leave them."""
    photo(tmp_path / "images" / "a.jpg")
    text(tmp_path / "labels" / "a.txt", "1 0.5 0.5 0.5 0.5")
    text(tmp_path / file, words)
    assert read_dataset(tmp_path, Reading()).names == ["cup", "löffel"]


def test_names_keep_the_order_of_their_numbers(tmp_path: Path) -> None:
    """Class 10 follows class 9, even if numbers are texts; a number without a name is not a class."""
    photo(tmp_path / "images" / "a.jpg")
    text(tmp_path / "labels" / "a.txt", "12 0.5 0.5 0.5 0.5\n11 0.5 0.5 0.5 0.5\n")
    numbers = [number for number in range(13) if number != 11]
    text(
        tmp_path / "data.yaml",
        "names:\n" + "".join(f'  "{number}": name{number}\n' for number in sorted(numbers, key=str)),
    )
    dataset = read_dataset(tmp_path, Reading(hold_out=False))
    assert dataset.names == [f"name{number}" for number in numbers]
    assert [dataset.names[index] for index in dataset.train[0].class_ids] == ["name12"]
    assert "a.txt: line 2: there is no class 11" in dataset.warnings


def test_reads_what_windows_and_label_img_write(tmp_path: Path) -> None:
    """Names may lie with the labels, and texts begin with a byte order mark."""
    photo(tmp_path / "images" / "a.jpg")
    text(tmp_path / "labels" / "a.txt", "\ufeff0 0.5 0.5 0.5 1.0\n")
    text(tmp_path / "labels" / "classes.txt", "\ufeffcup\nspoon\n")
    dataset = read_dataset(tmp_path, Reading(hold_out=False))
    assert dataset.names == ["cup", "spoon"]
    assert [photo.objects for photo in dataset.train] == [1]
    assert not any("a.txt" in warning for warning in dataset.warnings)


def test_crowds_and_difficult_objects_are_ignored(tmp_path: Path) -> None:
    """They are read, but neither learnt nor counted as objects."""
    photo(tmp_path / "voc" / "a.jpg", 100, 100)
    text(tmp_path / "voc" / "a.xml", voc_xml("a.jpg", 100, 100, (0, 0, 20, 20), (50, 50, 90, 90), difficult=1))
    photo(tmp_path / "coco" / "a.jpg", 100, 100)
    boxes = [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20]}]
    boxes.append({"image_id": 1, "category_id": 1, "iscrowd": 1, "bbox": [50, 50, 40, 40]})
    write_coco(tmp_path / "coco" / "a.json", [{"id": 1, "file_name": "a.jpg"}], boxes)
    for name in ("voc", "coco"):
        [only] = read_dataset(tmp_path / name, Reading(hold_out=False)).train
        assert sorted(only.class_ids.tolist()) == [IGNORED, 0]
        assert only.objects == 1


@pytest.mark.parametrize(
    "segmentation",
    [
        [[10, 20, 40, 20, 40, 60], [30, 70, 50, 50, 50, 70]],
        # 40 columns from x = 10 on, each with rows 20 to 69
        {"size": [100, 100], "counts": [1020, *[50, 50] * 39, 50, 5030]},
        {"size": [100, 100], "counts": compressed([1020, *[50, 50] * 39, 50, 5030])},
    ],
)
def test_an_outline_or_a_mask_has_a_box(tmp_path: Path, segmentation: object) -> None:
    """An annotation with only an outline or a mask is read by its bounding box."""
    photo(tmp_path / "a.jpg", 100, 100)
    annotation = {"image_id": 1, "category_id": 1, "bbox": [], "segmentation": segmentation}
    write_coco(tmp_path / "a.json", [{"id": 1, "file_name": "a.jpg"}], [annotation])
    [only] = read_dataset(tmp_path, Reading(hold_out=False)).train
    assert only.boxes_xyxy.tolist() == [[10, 20, 50, 70]]
