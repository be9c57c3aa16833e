"""detector/serving/model.py: a model looks at pictures. See test_model_refused.py for those that cannot."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.geometry import iou
from detector.images.decoding import ImageLimits, decode
from detector.serving.model import Model
from detector.tflite.runtime import LITERT
from tests.support.made_yolo import Yolov8
from tests.support.running import labelled

LIMITS = ImageLimits()
INTACT = [
    *(f"cat_exif{orientation}.jpg" for orientation in range(1, 9)),
    *("cat_cmyk.jpg", "cat_progressive.jpg", "cat_palette.png", "cat_16bit.png"),
    *("cat_rgba_gradient.png", "cat_rgba_opaque.png"),
    *("cat.avif", "cat.bmp", "cat.gif", "cat.tiff", "cat.webp", "cat_anim.gif"),
]
GREY = ["cat_gray.jpg", "cat_gray.png", "cat_16bit_gray.png"]


def found(model: Model, file: Path) -> Candidates:
    """What a model finds in a file, best first."""
    return model.candidates(decode(file.read_bytes(), LIMITS), 0.3).ranked()


def test_finds_cones(safetycone: Model, photo_rgb: NDArray[np.uint8]) -> None:
    """The bundled model finds cones in the example photo, with boxes inside the picture."""
    cones = safetycone.candidates(photo_rgb, 0.3)
    assert len(cones) >= 1
    assert ((cones.boxes_xyxy >= 0) & (cones.boxes_xyxy <= 1)).all()
    assert ((cones.scores >= 0.3) & (cones.scores <= 1)).all()
    assert {safetycone.labels[class_id] for class_id in cones.class_ids} == {"safetycone"}


def test_runs_what_was_exported(safetycone: Model, bundled: Path) -> None:
    """The bundled model, whose sidecar asks for it, is run as it was exported, on any CPU."""
    assert safetycone.file.content == (bundled / "safetycone.tflite").read_bytes()


def test_finds_the_same_in_mixed_precision(
    safetycone: Model, copied: Path, photo_rgb: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the sidecar does not ask for that, a CPU with AVX2 alone runs something faster, which finds the same."""
    sidecar = copied.with_suffix(".yml")
    sidecar.write_text(sidecar.read_text("utf-8").replace("as_exported: true", "as_exported: false"), "utf-8")
    cpu = tmp_path / "cpuinfo"
    cpu.write_text("flags : avx avx2")
    monkeypatch.setattr("detector.rewriting.mixed_precision.CPU", cpu)
    mixed = Model.load(copied, LITERT, interpreters=1)
    assert mixed.file.content != safetycone.file.content
    before, after = (model.candidates(photo_rgb, 0.5).ranked() for model in (safetycone, mixed))
    assert len(after) == len(before)
    overlaps = [iou(box_xyxy, after.boxes_xyxy).max() for box_xyxy in before.boxes_xyxy]
    assert min(overlaps) > 0.9
    assert after.scores == pytest.approx(before.scores, abs=0.05)


@pytest.mark.parametrize(("as_exported", "levels"), [("true", 0), ("false", 3)])
def test_yolo_is_taken_apart_unless_it_is_to_run_as_exported(tmp_path: Path, as_exported: str, levels: int) -> None:
    """A YOLOv8 computes boxes on demand; where its sidecar says so, it is run as it was exported."""
    file = labelled(tmp_path, Yolov8().export())
    (tmp_path / "m.yml").write_text(f"as_exported: {as_exported}", "utf-8")
    model = Model.load(tmp_path / "m.tflite", LITERT, interpreters=1)
    assert len(model.file.levels) == levels
    assert (model.file.content == file.content) == (levels == 0)
    assert model.family.name == "yolov8"
    assert len(model.candidates(np.zeros((20, 30, 3), np.uint8), 0.0)) > 0


def test_counts_what_it_does_not_list(safetycone: Model, photo_rgb: NDArray[np.uint8]) -> None:
    """However high the lowest score, the number of candidates is the same, and higher scores are a part of lower."""
    counts = []
    for lowest in (0.0, 0.3, 1.0):
        candidates = safetycone.candidates(photo_rgb, lowest)
        assert (candidates.scores >= lowest).all()
        counts.append(len(candidates) + candidates.unlisted)
    assert len(set(counts)) == 1


def test_boxes_are_fractions_of_the_picture(safetycone: Model, photo_rgb: NDArray[np.uint8]) -> None:
    """A photo with the letterbox's bars already around it shows the model the same, so the cones are in one place."""
    wide = photo_rgb[:300]  # both parts and bars are whole pixels of the model's input, so nothing is rounded
    bar = np.full((90, 480, 3), 114, np.uint8)
    alone = safetycone.candidates(wide, 0.3).ranked().boxes_xyxy
    framed = safetycone.candidates(np.vstack([bar, wide, bar]), 0.3).ranked().boxes_xyxy
    inside = np.clip(framed * [1, 480 / 300, 1, 480 / 300] - [0, 90 / 300, 0, 90 / 300], 0, 1)
    assert inside == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 2000, 3), (2000, 1, 3), (3, 5, 3)], ids=str)
def test_odd_pictures(safetycone: Model, shape: tuple[int, ...]) -> None:
    """Pictures of a few pixels or a single line are looked at like any other."""
    candidates = safetycone.candidates(np.zeros(shape, np.uint8), 0.0)
    assert np.isfinite(candidates.boxes_xyxy).all()
    assert len(candidates) > 0


@pytest.mark.parametrize("name", INTACT)
def test_every_encoding_gives_the_same_box(assets: Path, cat_raccoon: Model, name: str) -> None:
    """Whatever encoding the cat comes in, it is found where it is in the reference."""
    reference = found(cat_raccoon, assets / "formats" / "cat_ref.png")
    cats = found(cat_raccoon, assets / "formats" / name)
    assert cat_raccoon.labels[cats.class_ids[0]] == "cat"
    assert iou(reference.boxes_xyxy[0], cats.boxes_xyxy[:1])[0] >= 0.95
    assert cats.scores[0] == pytest.approx(reference.scores[0], abs=0.05)


@pytest.mark.parametrize("name", GREY)
def test_grey_encodings_agree(assets: Path, cat_raccoon: Model, name: str) -> None:
    """Without colours the cat is found where it is in a grey reference, and nearly where it is in the coloured one."""
    reference = decode((assets / "formats" / "cat_ref.png").read_bytes(), LIMITS)
    grey = cv2.cvtColor(cv2.cvtColor(reference, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    cats = found(cat_raccoon, assets / "formats" / name).boxes_xyxy[:1]
    assert iou(cat_raccoon.candidates(grey, 0.3).ranked().boxes_xyxy[0], cats)[0] >= 0.95
    assert iou(cat_raccoon.candidates(reference, 0.3).ranked().boxes_xyxy[0], cats)[0] >= 0.9


def test_grey_encodings_agree_among_themselves(assets: Path, cat_raccoon: Model) -> None:
    """The cat is in one place in all grey encodings."""
    boxes_xyxy = np.array([found(cat_raccoon, assets / "formats" / name).boxes_xyxy[0] for name in GREY])
    assert min(iou(box, boxes_xyxy).min() for box in boxes_xyxy) >= 0.95


def test_another_crop(assets: Path, cat_raccoon: Model) -> None:
    """A larger photo of the cat, cut otherwise, shows the same cat as surely."""
    cats = found(cat_raccoon, assets / "formats" / "cat_720p.jpg")
    assert cat_raccoon.labels[cats.class_ids[0]] == "cat"
    assert cats.scores[0] > 0.9
