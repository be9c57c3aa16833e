"""detector/families/yolo/yolov2.py."""

import math
from pathlib import Path

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.families import recognise
from detector.families.yolo.yolov2 import Yolov2
from detector.files import ModelFile
from tests.support import made_models
from tests.support.made_models import answers

WIDTH, HEIGHT = 96, 64
ANCHORS = [[4, 8], [16, 10], [20, 50]]


def read(folder: Path, output: np.ndarray, sidecar: str = f"anchors: {ANCHORS}", labels: str = "cat\ndog") -> ModelFile:
    """A file with this output."""
    (folder / "m.yml").write_text(sidecar, "utf-8")
    if labels:
        (folder / "m.txt").write_text(labels, "utf-8")
    return ModelFile.read(made_models.write(folder / "m.tflite", output, input_shape=(1, HEIGHT, WIDTH, 3)))


def sigmoid(logit: float) -> float:
    """1 / (1 + e**-x)."""
    return 1 / (1 + math.exp(-logit))


@pytest.mark.parametrize("flat", [False, True], ids=["a map", "a list of cells"])
@pytest.mark.parametrize("stride", [16, 32])
def test_decodes_as_the_paper_says(tmp_path: Path, stride: int, *, flat: bool) -> None:
    """Every anchor's box, score and class equal those of a decoder written from the paper."""
    rows, columns = HEIGHT // stride, WIDTH // stride
    numbers = np.random.default_rng(0).normal(0, 1.5, (rows, columns, 3, 7))
    shape = (1, rows * columns, 21) if flat else (1, rows, columns, 21)
    output = numbers.reshape(shape).astype(np.float32)
    family = recognise(read(tmp_path, output))
    assert family.name == "yolov2"
    boxes, scores, class_ids = [], [], []
    for row in range(rows):
        for column in range(columns):
            for (width, height), (x, y, w, h, objectness, *logits) in zip(ANCHORS, numbers[row, column], strict=True):
                centre = (column + sigmoid(x)) * stride / WIDTH, (row + sigmoid(y)) * stride / HEIGHT
                half = math.exp(w) * width / WIDTH / 2, math.exp(h) * height / HEIGHT / 2
                boxes.append([centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1]])
                weights = [math.exp(logit) for logit in logits]
                scores.append(sigmoid(objectness) * max(weights) / sum(weights))
                class_ids.append(weights.index(max(weights)))
    found = family.decode(answers({1: output}), -math.inf)
    assert found.boxes_xyxy == pytest.approx(np.array(boxes), abs=1e-5)
    assert found.scores == pytest.approx(scores, abs=1e-6)
    assert found.class_ids.tolist() == class_ids
    high = family.decode(answers({1: output}), 0.4)
    assert sorted(high.scores) == pytest.approx(sorted(score for score in scores if score >= 0.4))


def test_anchors_for_coco_are_known(tmp_path: Path) -> None:
    """With 80 classes and five anchors, the anchors are those of Darknet's configurations for COCO."""
    output = np.full((1, 2, 3, 425), -1, np.float32)
    family = recognise(read(tmp_path, output, "", "\n".join(f"class {n}" for n in range(80))))
    assert isinstance(family, Yolov2)
    assert family.anchors[0] == pytest.approx([0.57273 * 32, 0.677385 * 32])


def test_anchors_must_be_known(tmp_path: Path) -> None:
    """A file without anchors is refused by its family's name, with what to write where."""
    with pytest.raises(UnusableModel, match=r"is a YOLOv2, .* write them into m\.yml beside it, as `anchors: "):
        recognise(read(tmp_path, np.full((1, 2, 3, 30), -1, np.float32), "", "person"))


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(np.full((1, 2, 3, 30), 0.5), id="no logits"),
        pytest.param(np.full((1, 2, 4, 30), -1.0), id="another grid"),
        pytest.param(np.full((1, 2, 3, 31), -1.0), id="another number of channels"),
        pytest.param(np.full((1, 2, 3, 1280), -1.0), id="features"),
    ],
)
def test_other_maps(tmp_path: Path, output: np.ndarray) -> None:
    """Maps that are not a grid of anchors are of no known family."""
    with pytest.raises(UnusableModel, match="no detector of a known family"):
        recognise(read(tmp_path, output, "", ""))
