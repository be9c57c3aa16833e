"""detector/serving/model.py: a model detects in images. See test_model_refused.py for those that cannot."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.geometry import iou
from detector.images import ImageLimits, decode
from detector.serving.model import Model
from detector.tflite import Interpreter
from detector.tflite.runtime import LITERT, Runtime
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
    """The detections of a model in a file, best first."""
    return model.candidates(decode(file.read_bytes(), LIMITS), 0.3).sort_by_score()


def test_finds_cones(safetycone: Model, photo_rgb: NDArray[np.uint8]) -> None:
    """The bundled model finds cones in the example photo, with boxes inside the photo."""
    cones = safetycone.candidates(photo_rgb, 0.3)
    assert len(cones) >= 1
    assert ((cones.boxes_xyxy >= 0) & (cones.boxes_xyxy <= 1)).all()
    assert ((cones.scores >= 0.3) & (cones.scores <= 1)).all()
    assert {safetycone.labels[class_id] for class_id in cones.class_ids} == {"safetycone"}


def test_runs_the_exported_model(safetycone: Model, bundled: Path) -> None:
    """The bundled model, whose sidecar asks for it, is run as it was exported, on any CPU."""
    assert safetycone.file.content == (bundled / "safetycone.tflite").read_bytes()


def test_splits_a_yolov8(tmp_path: Path) -> None:
    """A YOLOv8 computes boxes on demand, and keeps its family's name."""
    labelled(tmp_path, Yolov8().export())
    model = Model.load(tmp_path / "m.tflite", LITERT)
    assert len(model.file.stages) == 3
    assert model.family.name == "yolov8"
    assert len(model.candidates(np.zeros((20, 30, 3), np.uint8), 0.0)) > 0


@pytest.mark.parametrize(
    ("content", "most"), [pytest.param(Yolov8().export(), 6, id="split"), pytest.param(None, 2, id="as it is")]
)
def test_builds_few_interpreters(
    copied: Path, content: bytes | None, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interpreters that read and check a file also serve; one more shows that a new one gives the same."""
    built = []
    build = Runtime.build

    def counted(*arguments: Any) -> Interpreter:
        built.append(1)
        return build(*arguments)

    monkeypatch.setattr(Runtime, "build", counted)
    if content is not None:
        copied.with_suffix(".yml").unlink()
        copied.with_suffix(".txt").write_text("cat\ndog", "utf-8")
        copied.write_bytes(content)
    model = Model.load(copied, LITERT)
    model.candidates(np.zeros((20, 30, 3), np.uint8), 0.5)
    assert len(built) <= most


def test_counts_unlisted_candidates(safetycone: Model, photo_rgb: NDArray[np.uint8]) -> None:
    """The number of candidates does not depend on the threshold; higher scores are a subset of lower ones."""
    counts = []
    for threshold in (0.0, 0.3, 1.0):
        candidates = safetycone.candidates(photo_rgb, threshold)
        assert (candidates.scores >= threshold).all()
        counts.append(len(candidates) + candidates.not_listed)
    assert len(set(counts)) == 1


def test_boxes_are_fractions_of_the_photo(safetycone: Model, photo_rgb: NDArray[np.uint8]) -> None:
    """A photo that already has the letterbox's bars gives the same input, so the cones are in the same place."""
    wide = photo_rgb[:300]  # parts and bars are whole pixels of the model's input, so nothing is rounded
    bar = np.full((90, 480, 3), 114, np.uint8)
    alone = safetycone.candidates(wide, 0.3).sort_by_score().boxes_xyxy
    framed = safetycone.candidates(np.vstack([bar, wide, bar]), 0.3).sort_by_score().boxes_xyxy
    inside = np.clip(framed * [1, 480 / 300, 1, 480 / 300] - [0, 90 / 300, 0, 90 / 300], 0, 1)
    assert inside == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 2000, 3), (2000, 1, 3), (3, 5, 3)], ids=str)
def test_odd_sizes(safetycone: Model, shape: tuple[int, ...]) -> None:
    """Photos of a few pixels or a single line are processed like any other."""
    candidates = safetycone.candidates(np.zeros(shape, np.uint8), 0.0)
    assert np.isfinite(candidates.boxes_xyxy).all()
    assert len(candidates) > 0


@pytest.mark.parametrize("name", INTACT)
def test_every_encoding_gives_the_same_box(assets: Path, cat_raccoon: Model, name: str) -> None:
    """In every encoding the cat is found at the reference's place."""
    reference = found(cat_raccoon, assets / "formats" / "cat_ref.png")
    cats = found(cat_raccoon, assets / "formats" / name)
    assert cat_raccoon.labels[cats.class_ids[0]] == "cat"
    assert iou(reference.boxes_xyxy[0], cats.boxes_xyxy[:1])[0] >= 0.95
    assert cats.scores[0] == pytest.approx(reference.scores[0], abs=0.05)


@pytest.mark.parametrize("name", GREY)
def test_grey_encodings_agree(assets: Path, cat_raccoon: Model, name: str) -> None:
    """In grey, the cat is found at a grey reference's place, and near that of the coloured one."""
    reference = decode((assets / "formats" / "cat_ref.png").read_bytes(), LIMITS)
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(reference, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    cats = found(cat_raccoon, assets / "formats" / name).boxes_xyxy[:1]
    assert iou(cat_raccoon.candidates(grey, 0.3).sort_by_score().boxes_xyxy[0], cats)[0] >= 0.95
    assert iou(cat_raccoon.candidates(reference, 0.3).sort_by_score().boxes_xyxy[0], cats)[0] >= 0.9


def test_grey_encodings_agree_among_themselves(assets: Path, cat_raccoon: Model) -> None:
    """All grey encodings give the cat the same place."""
    boxes_xyxy = np.array([found(cat_raccoon, assets / "formats" / name).boxes_xyxy[0] for name in GREY])
    assert min(iou(box, boxes_xyxy).min() for box in boxes_xyxy) >= 0.95


def test_another_crop(assets: Path, cat_raccoon: Model) -> None:
    """A larger photo of the cat, with another crop, shows the same cat with as high a score."""
    cats = found(cat_raccoon, assets / "formats" / "cat_720p.jpg")
    assert cat_raccoon.labels[cats.class_ids[0]] == "cat"
    assert cats.scores[0] > 0.9
