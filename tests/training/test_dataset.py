"""training/data/dataset.py: a folder is found, read, checked and summarised."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.written_datasets import photo, text, voc_xml, write_coco
from training.__main__ import main
from training.data import Reading, read_dataset


def test_reads_photos_with_their_boxes(tmp_path: Path) -> None:
    """Boxes are read in fractions and held in pixels; a part given as val is measured on."""
    for part in ("train", "val"):
        photo(tmp_path / part / "images" / "a.jpg")
        text(tmp_path / part / "labels" / "a.txt", "0 0.5 0.5 0.5 1.0\n")
    text(tmp_path / "labels.txt", "cup\n")
    dataset = read_dataset(tmp_path, Reading(single_name="mine"))
    assert dataset.names == ["cup"]
    assert len(dataset.train) == len(dataset.val) == 1
    assert dataset.train[0].boxes_xyxy.tolist() == [[10, 0, 30, 20]]
    assert dataset.warnings == []


def test_reports_faults_and_continues(tmp_path: Path) -> None:
    """An unreadable photo, bad labels, an empty class and strays are reported, and the rest is used."""
    for name in ("a", "b", "c"):
        photo(tmp_path / "images" / f"{name}.jpg")
        text(tmp_path / "labels" / f"{name}.txt", "0 0.5 0.5 0.5 0.5\n9 0.5 0.5 0.1 0.1\nhello\n0 0.5 0.5 0 0.1\n")
    text(tmp_path / "images" / "broken.jpg", "no photo")
    text(tmp_path / "labels" / "stray.txt", "0 0.5 0.5 0.5 0.5\n")
    photo(tmp_path / "images" / "unlabelled.jpg")
    text(tmp_path / "names.txt", "cup\nspoon\n")
    dataset = read_dataset(tmp_path, Reading(single_name="mine"))
    warnings = "\n".join(dataset.warnings)
    for sentence in (
        "broken.jpg: not a readable photo",
        "a.txt: line 2: there is no class 9",
        "a.txt: line 3: could not convert",
        "a.txt: line 4: the box has no area",
        "stray.txt: no photo of that name",
        "unlabelled.jpg: no label file",
        "no box in train for 1 of 2 classes: spoon",
        "no val part: 1 of 4 photos are held out",
    ):
        assert sentence in warnings
    assert len(dataset.train) + len(dataset.val) == 4


def test_asks_for_boxes(tmp_path: Path) -> None:
    """A folder without a labelled photo is an error that says what is expected."""
    photo(tmp_path / "images" / "a.jpg")
    with pytest.raises(FileNotFoundError, match=r"expected images/ and labels/"):
        read_dataset(tmp_path, Reading(single_name="mine"))


def test_photos_of_one_name_in_several_folders_have_their_own_boxes(tmp_path: Path) -> None:
    """Photos with one name in several folders have their own boxes, in YOLO, COCO and Pascal VOC."""
    for number, folder in enumerate(("a", "b"), 1):
        photo(tmp_path / "yolo" / "images" / folder / "1.jpg", 100, 100)
        text(tmp_path / "yolo" / "labels" / folder / "1.txt", f"0 0.5 0.5 0.{number} 0.5")
        photo(tmp_path / "coco" / "photos" / folder / "1.jpg", 100, 100)
        photo(tmp_path / "voc" / folder / "1.jpg", 100, 100)
        text(tmp_path / "voc" / folder / "1.xml", voc_xml("1.jpg", 100, 100, (0, 0, 10 * number, 50)))
    images = [{"id": number, "file_name": f"{folder}/1.jpg"} for number, folder in enumerate(("a", "b"), 1)]
    boxes = [{"image_id": number, "category_id": 1, "bbox": [0, 0, 10 * number, 50]} for number in (1, 2)]
    write_coco(tmp_path / "coco" / "result.json", images, boxes)
    for name in ("yolo", "coco", "voc"):
        dataset = read_dataset(tmp_path / name, Reading(hold_out=False))
        widths = [float(np.ptp(photo.boxes_xyxy[0, ::2])) for photo in dataset.train]
        assert widths == pytest.approx([10, 20], abs=1e-3), name


def test_a_copy_of_the_annotations_does_not_count(tmp_path: Path) -> None:
    """Of two Pascal VOC files for one photo, the first folder's is read."""
    photo(tmp_path / "JPEGImages" / "a.jpg", 100, 100)
    for folder, width in (("Annotations", 10), ("Annotations_old", 20)):
        text(tmp_path / folder / "a.xml", voc_xml("a.jpg", 100, 100, (0, 0, width, 10)))
    dataset = read_dataset(tmp_path, Reading(hold_out=False))
    assert dataset.train[0].boxes_xyxy.tolist() == [[0, 0, 10, 10]]
    assert "Annotations_old/a.xml: another file describes this photo" in dataset.warnings


def test_a_photo_of_val_is_not_learnt(tmp_path: Path) -> None:
    """A photo in both parts is dropped from train; a val part equal to train does not count."""
    for name in ("a", "b"):
        photo(tmp_path / "images" / f"{name}.jpg")
        text(tmp_path / "labels" / f"{name}.txt", "0 0.5 0.5 0.5 0.5")
    text(tmp_path / "train.txt", "images/a.jpg\nimages/b.jpg\n")
    text(tmp_path / "val.txt", "images/b.jpg\n")
    dataset = read_dataset(tmp_path, Reading())
    assert [[photo.name for photo in part] for part in (dataset.train, dataset.val)] == [["a.jpg"], ["b.jpg"]]
    text(tmp_path / "val.txt", "images/b.jpg\nimages/a.jpg\n")
    assert "val has the photos of train: it is left out" in read_dataset(tmp_path, Reading()).warnings


def test_an_error_shows_the_first_refusals(tmp_path: Path) -> None:
    """If nothing can be used, the error says why the first lines were refused."""
    photo(tmp_path / "images" / "a.jpg")
    text(tmp_path / "labels" / "a.txt", "cup 0.5 0.5 0.5 0.5\n0 12 14 20 30\n0 0.5\n")
    with pytest.raises(FileNotFoundError) as caught:
        read_dataset(tmp_path, Reading())
    for sentence in (
        "which has 1 photos",
        "a.txt: line 1: could not convert string to float",
        "a.txt: line 2: the numbers are not fractions of the photo",
        "a.txt: line 3: expected a class and 4 numbers, got 2 words",
    ):
        assert sentence in str(caught.value)


def test_annotations_without_photos_say_so(tmp_path: Path) -> None:
    """The error names the photos that annotations refer to."""
    write_coco(
        tmp_path / "a.json",
        [{"id": 1, "file_name": "/data/other/a.jpg"}],
        [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5]}],
    )
    with pytest.raises(FileNotFoundError, match=r"a\.json: /data/other/a\.jpg: there is no such photo"):
        read_dataset(tmp_path, Reading())


def test_reads_one_annotation_file(tmp_path: Path) -> None:
    """A file in place of a folder is read alone."""
    photo(tmp_path / "a.jpg", 100, 100)
    for name, width in (("one", 10), ("two", 20)):
        annotation = {"image_id": 1, "category_id": 1, "bbox": [0, 0, width, 10]}
        write_coco(tmp_path / f"{name}.json", [{"id": 1, "file_name": "a.jpg"}], [annotation])
    [only] = read_dataset(tmp_path / "two.json", Reading(hold_out=False)).train
    assert only.boxes_xyxy.tolist() == [[0, 0, 20, 10]]


def test_reads_the_named_format(tmp_path: Path) -> None:
    """Of several formats in one folder the named one is read; an unknown name is refused."""
    photo(tmp_path / "a.jpg", 100, 100)
    text(tmp_path / "a.txt", "0 0.5 0.5 0.5 0.5")
    text(tmp_path / "a.xml", voc_xml("a.jpg", 100, 100, (0, 0, 20, 20)))
    assert read_dataset(tmp_path, Reading()).format == "yolo"
    assert read_dataset(tmp_path, Reading(format="voc")).names == ["cup"]
    with pytest.raises(ValueError, match="there is no format createml: choose one of ultralytics, darknet"):
        read_dataset(tmp_path, Reading(format="createml"))


def test_check_summarises_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command names format, counts and labels, and writes a page of photos."""
    photo(tmp_path / "a.jpg", 100, 100)
    text(tmp_path / "a.xml", voc_xml("a.jpg", 100, 100, (0, 0, 20, 20)))
    page = tmp_path / "page.jpg"
    assert main(["check", str(tmp_path), "--picture", str(page)]) == 0
    printed = capsys.readouterr().out
    assert "format: voc\n" in printed
    assert "to learn from: 1 photos, 0 of them without objects, 1 boxes\n" in printed
    assert "  0 cup: 1 boxes to learn from" in printed
    assert page.stat().st_size > 0
    assert main(["check", str(tmp_path / "nothing")]) == 1
