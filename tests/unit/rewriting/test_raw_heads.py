"""detector/rewriting/raw_heads.py."""

from pathlib import Path

import numpy as np
import pytest

from detector.images.decoding import ImageLimits, decode
from detector.rewriting.raw_heads import with_raw_heads
from detector.serving.model import Model
from detector.tflite.runtime import LITERT
from tests.support.made_networks import SIDE
from tests.support.made_yolo import Yolov5, Yolov8
from tests.support.running import assert_alike, candidates, labelled

NOISE_RGB = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)


@pytest.mark.parametrize("lowest", [0.0, 0.3, 1.0])
def test_finds_the_same(tmp_path: Path, lowest: float) -> None:
    """A YOLO with raw heads proposes the same boxes with the same scores, and counts the same."""
    file = labelled(tmp_path, Yolov5().export())
    raw = with_raw_heads(file)
    assert len(raw.anchored) == 3
    before, after = (candidates(each, NOISE_RGB, lowest) for each in (file, raw))
    assert_alike(after, before, boxes=1e-5, scores=1e-5)


def test_leaves_others(tmp_path: Path) -> None:
    """What grows its boxes otherwise, is another family, is said to be, or lacks labels, is left as it is."""
    for content in (Yolov5().export(power=1), Yolov8().export()):
        file = labelled(tmp_path, content)
        assert with_raw_heads(file) is file
    file = labelled(tmp_path, Yolov5().export(), "cat")
    assert with_raw_heads(file) is file
    (tmp_path / "m.yml").write_text("family: yolox", "utf-8")
    file = labelled(tmp_path, Yolov5().export())
    assert with_raw_heads(file) is file


def test_is_run_with_raw_heads_unless_as_exported(tmp_path: Path) -> None:
    """A YOLOv5 is served with raw heads; where its sidecar says so, as it was exported."""
    file = labelled(tmp_path, Yolov5().export())
    for as_exported in (True, False):
        (tmp_path / "m.yml").write_text(f"as_exported: {str(as_exported).lower()}", "utf-8")
        model = Model.load(tmp_path / "m.tflite", LITERT, interpreters=1)
        assert (model.file.content == file.content) == as_exported
        assert model.family.name == "yolov5"


def test_public_model_finds_the_same(assets: Path, tmp_path: Path) -> None:
    """An export by Ultralytics gets raw heads, and answers a real photo the same, to a third of its pixel."""
    content = (assets / "models/yolov5n_fp16.tflite").read_bytes()
    file = labelled(tmp_path, content, (assets / "labels/coco_80.txt").read_text("utf-8"))
    raw = with_raw_heads(file)
    assert [level.stride for level in raw.anchored] == [8, 16, 32]
    assert raw.anchored[0].anchors * 640 == pytest.approx(np.array([[10, 13], [16, 30], [33, 23]]), abs=0.02)
    image_rgb = decode((assets / "coco/images/000000000009.jpg").read_bytes(), ImageLimits())
    before, after = (candidates(each, image_rgb, 0.3) for each in (file, raw))
    assert len(after) > 5
    assert_alike(after, before, boxes=5e-4, scores=1e-4)
