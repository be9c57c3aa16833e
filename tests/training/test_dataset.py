"""training/data/dataset.py: folders as users have them."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from training.__main__ import main
from training.data import IGNORED, Reading, read_dataset

STORED = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION


def photo(file: Path, width: int = 40, height: int = 20) -> None:
    """Writes a grey photo."""
    file.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(file), np.full((height, width, 3), 128, np.uint8))


def text(file: Path, words: str) -> None:
    """Writes a text file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(words, "utf-8")


def voc_xml(name: str, width: int, height: int, *boxes: tuple[int, ...], difficult: int = 0) -> str:
    """A Pascal VOC file; `difficult` is the last box's flag."""
    objects = []
    for number, (x0, y0, x1, y1) in enumerate(boxes, 1):
        box = f"<bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox>"
        flag = difficult if number == len(boxes) else 0
        objects.append(f"<object><name>cup</name><difficult>{flag}</difficult>{box}</object>")
    size = f"<size><width>{width}</width><height>{height}</height></size>"
    return f"<annotation><filename>{name}</filename>{size}{''.join(objects)}</annotation>"


def write_coco(file: Path, images: list[dict[str, Any]], annotations: list[dict[str, Any]]) -> None:
    """Writes a COCO file with the category cup, whose id is 1."""
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cup"}]}
    text(file, json.dumps(content))


def compressed(runs: list[int]) -> str:
    """Runs of a mask as COCO compresses them."""
    characters = []
    for index, run in enumerate(runs):
        value = run - runs[index - 2] if index > 2 else run
        more = True
        while more:
            bits, value = value & 0x1F, value >> 5
            more = value != (-1 if bits & 0x10 else 0)
            characters.append(chr((bits | 0x20 if more else bits) + 48))
    return "".join(characters)


def write_turned(file: Path, upright: Any, orientation: int) -> None:
    """Writes a photo that is stored turned, with the EXIF orientation that turns it upright."""
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's operations that undo each orientation
    image = Image.fromarray(upright)
    stored = image.transpose(Image.Transpose(turns[orientation])) if orientation in turns else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(file, exif=exif, quality=95)


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


@pytest.mark.parametrize(
    ("orientation", "as_stored"), [*((n, False) for n in range(1, 9)), *((n, True) for n in range(5, 9))]
)
def test_boxes_lie_on_the_upright_photo(tmp_path: Path, orientation: int, *, as_stored: bool) -> None:
    """A tool may show a turned photo upright or as stored; the size that it states decides."""
    upright = np.full((60, 40, 3), 40, np.uint8)
    upright[5:25, 10:18] = 220
    write_turned(tmp_path / "a.jpg", upright, orientation)
    box, size = [10, 5, 8, 20], {"width": 40, "height": 60}
    if as_stored:
        bright = np.argwhere(np.asarray(cv2.imread(str(tmp_path / "a.jpg"), STORED)) > 130)
        (y0, x0), (y1, x1) = bright.min(0).tolist(), bright.max(0).tolist()
        box, size = [x0, y0, x1 - x0 + 1, y1 - y0 + 1], {"width": 60, "height": 40}
    annotation = {"image_id": 1, "category_id": 1, "bbox": box}
    write_coco(tmp_path / "a.json", [{"id": 1, "file_name": "a.jpg", **size}], [annotation])
    [only] = read_dataset(tmp_path, Reading(hold_out=False)).train
    assert only.pixels.shape[:2] == (60, 40)
    assert only.boxes_xyxy[0] == pytest.approx([10, 5, 18, 25], abs=1.01)


def test_boxes_of_a_resized_photo_are_scaled(tmp_path: Path) -> None:
    """Pixels refer to the annotated size."""
    photo(tmp_path / "a.jpg", 100, 50)
    text(tmp_path / "a.xml", voc_xml("a.jpg", 400, 200, (40, 40, 80, 120)))
    [only] = read_dataset(tmp_path, Reading(hold_out=False)).train
    assert only.boxes_xyxy[0] == pytest.approx([10, 10, 20, 30])


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
