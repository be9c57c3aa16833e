"""detector/families/nanodet.py."""

import math
from pathlib import Path

import numpy as np
import pytest

from detector.boxes import iou
from detector.families import recognise
from detector.files import ModelFile
from detector.images import ImageLimits, decode
from detector.serving.model import Model
from detector.tflite import LITERT
from tests.support import made_models
from tests.support.made_models import answers

SIDE, CLASSES = 128, 3
LEVELS = {(8, 16, 32): 0.5, (8, 16, 32, 64): 0.0}  # a box's origin in its cell, in strides


def rows(strides: tuple[int, ...], *, logits: bool = False) -> np.ndarray:
    """A random output [N, CLASSES + 32]."""
    random = np.random.default_rng(0)
    count = sum((SIDE // stride) ** 2 for stride in strides)
    scores = random.normal(-2, 2, (count, CLASSES)) if logits else random.uniform(0, 1, (count, CLASSES))
    return np.concatenate([scores, random.normal(0, 2, (count, 32))], axis=1).astype(np.float32)


def boxes_of(numbers: np.ndarray, strides: tuple[int, ...]) -> list[list[float]]:
    """The box of every row, input pixels, computed cell by cell as in the paper."""
    found, row = [], 0
    for stride in strides:
        for y in range(SIDE // stride):
            for x in range(SIDE // stride):
                sides = []
                for side in range(4):
                    logits = numbers[row, CLASSES + 8 * side : CLASSES + 8 * side + 8].astype(float)
                    weights = [math.exp(logit) for logit in logits]
                    sides.append(stride * sum(n * weight for n, weight in enumerate(weights)) / sum(weights))
                centre_x, centre_y = ((each + LEVELS[strides]) * stride for each in (x, y))
                found.append([centre_x - sides[0], centre_y - sides[1], centre_x + sides[2], centre_y + sides[3]])
                row += 1
    return found


def read(folder: Path, output: np.ndarray, labels: str = "a\nb\nc") -> ModelFile:
    """A file with this output, for BGR planes."""
    if labels:
        (folder / "m.txt").write_text(labels, "utf-8")
    return ModelFile.read(made_models.write(folder / "m.tflite", output[np.newaxis], input_shape=(1, 3, SIDE, SIDE)))


@pytest.mark.parametrize("logits", [False, True], ids=["probabilities", "logits"])
@pytest.mark.parametrize("strides", LEVELS, ids=["NanoDet", "NanoDet-Plus"])
def test_decodes_as_the_paper_says(tmp_path: Path, strides: tuple[int, ...], *, logits: bool) -> None:
    """Every cell's box, score and class equal those of a decoder written from the paper."""
    output = rows(strides, logits=logits)
    family = recognise(read(tmp_path, output))
    assert family.name == "nanodet"
    assert (family.input.bgr, family.input.padding) == (True, 0)
    found = family.decode(answers({1: output[np.newaxis]}), -math.inf)
    assert found.boxes_xyxy * SIDE == pytest.approx(np.array(boxes_of(output, strides)), abs=1e-3)
    best = output[:, :CLASSES].max(axis=1)
    assert found.scores == pytest.approx(1 / (1 + np.exp(-best)) if logits else best, abs=1e-6)
    assert found.class_ids.tolist() == output[:, :CLASSES].argmax(axis=1).tolist()
    high = family.decode(answers({1: output[np.newaxis]}), 0.9)
    assert high.scores == pytest.approx(found.scores[found.scores >= 0.9])
    assert len(high) + high.not_listed == len(output)


def test_is_named_without_labels(tmp_path: Path) -> None:
    """A NanoDet without labels is told its own number of classes, not that of a YOLOX with as many columns."""
    with pytest.raises(Exception, match="has 3 classes and no labels"):
        recognise(read(tmp_path, rows((8, 16, 32)), labels=""))


def test_public_file(assets: Path, tmp_path: Path) -> None:
    """A public NanoDet finds the cat at the same place as a public YOLOv8."""
    (tmp_path / "nanodet.tflite").symlink_to(assets / "unserved" / "nanodet_320.tflite")
    (tmp_path / "labels.txt").symlink_to(assets / "labels" / "coco_80.txt")
    photo = decode((assets / "formats/cat_720p.jpg").read_bytes(), ImageLimits())
    boxes = []
    for path in (tmp_path / "nanodet.tflite", assets / "models" / "yolov8n_int8_640.tflite"):
        model = Model.load(path, LITERT)
        best = model.candidates(photo, 0.4).best(1)
        assert [model.labels[class_id] for class_id in best.class_ids] == ["cat"]
        boxes.append(best.boxes_xyxy)
    assert iou(boxes[0][0], boxes[1]) > 0.8
