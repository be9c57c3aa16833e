"""detector/families/boxes_and_scores.py."""

from pathlib import Path

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.families import grid, recognise
from detector.families.boxes_and_scores import IMAGENET, BoxesAndScores
from detector.files import ModelFile
from detector.images import letterbox, stretch
from tests.support import made_models
from tests.support.made_models import answers

SIDE, QUERIES = 64, 50
RANDOM = np.random.default_rng(0)
CENTRED = np.concatenate(
    [RANDOM.uniform(0.2, 0.8, (QUERIES, 2)), RANDOM.uniform(0.05, 0.3, (QUERIES, 2))], axis=1
).astype(np.float32)
CORNERS = np.concatenate([CENTRED[:, :2] - CENTRED[:, 2:] / 2, CENTRED[:, :2] + CENTRED[:, 2:] / 2], axis=1)
LOGITS = RANDOM.normal(-3, 2, (QUERIES, 3)).astype(np.float32)
SURE_OF_NOTHING = np.concatenate([LOGITS, np.full((QUERIES, 1), 4, np.float32)], axis=1)


def read(
    folder: Path, *outputs: np.ndarray, labels: str = "a\nb\nc", input_shape: tuple[int, ...] = (1, 3, SIDE, SIDE)
) -> ModelFile:
    """A file with these outputs."""
    (folder / "m.txt").write_text(labels, "utf-8")
    return ModelFile.read(made_models.write(folder / "m.tflite", *outputs, input_shape=input_shape))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + e**-x)."""
    return 1 / (1 + np.exp(-logits))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of exclusive classes."""
    weights = np.exp(logits)
    return weights / weights.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("order", [1, -1], ids=["boxes first", "scores first"])
@pytest.mark.parametrize("flat", [False, True], ids=["of one photo", "without it"])
@pytest.mark.parametrize(
    "boxes",
    [CENTRED, CENTRED * SIDE, CORNERS, CORNERS * SIDE],
    ids=["centres", "centres in pixels", "corners", "corners in pixels"],
)
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(LOGITS, sigmoid(LOGITS), id="logits"),
        pytest.param(sigmoid(LOGITS), sigmoid(LOGITS), id="probabilities"),
        pytest.param(SURE_OF_NOTHING, softmax(SURE_OF_NOTHING)[:, :3], id="logits with no object last"),
    ],
)
def test_detr(
    tmp_path: Path, boxes: np.ndarray, given: np.ndarray, expected: np.ndarray, order: int, *, flat: bool
) -> None:
    """Boxes and scores of queries are decoded from every form that exports use."""
    outputs = [output if flat else output[np.newaxis] for output in (boxes, given)][::order]
    family = recognise(read(tmp_path, *outputs))
    assert family.name == "detr"
    found = family.decode(answers(dict(enumerate(outputs, 1))), 0.0)
    assert found.boxes_xyxy == pytest.approx(CORNERS, abs=1e-5)
    assert found.scores == pytest.approx(expected.max(axis=1), abs=1e-5)
    assert found.class_ids.tolist() == expected.argmax(axis=1).tolist()


def test_inputs(tmp_path: Path) -> None:
    """Photos are stretched, from 0 to 1; the first DETR, and those with COCO's 91 ids, get ImageNet's normalisation."""
    labels = {3: "a\nb\nc", 4: "a\nb\nc", 91: "\n".join(f"label {n}" for n in range(91))}
    wide = RANDOM.normal(-3, 2, (QUERIES, 91)).astype(np.float32)
    for scores, imagenet in ((LOGITS, False), (SURE_OF_NOTHING, True), (wide, True)):
        outputs = CENTRED[np.newaxis], scores[np.newaxis]
        fed = recognise(read(tmp_path, *outputs, labels=labels[scores.shape[1]])).input
        assert fed.layout is stretch
        assert (fed.normalisation == IMAGENET) == imagenet


def test_coco_ids_without_a_label_for_0(tmp_path: Path) -> None:
    """With one score more than labels, and no background last, the first score belongs to no label."""
    family = recognise(read(tmp_path, CENTRED[np.newaxis], LOGITS[np.newaxis], labels="b\nc"))
    assert isinstance(family, BoxesAndScores)
    assert (family.first, family.labels) == (1, ("b", "c"))


def dense(strides: tuple[int, ...] = (8, 16, 32), each: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Boxes in pixels around every cell, by corners, and scores."""
    centres, sizes = grid(SIDE, SIDE, strides)
    boxes = np.repeat(centres + sizes * [-0.5, -0.25, 0.5, 0.25], each, axis=0)
    return boxes.astype(np.float32)[np.newaxis], np.linspace(0, 1, len(boxes) * 3).reshape(1, -1, 3).astype(np.float32)


@pytest.mark.parametrize("each", [1, 3], ids=["YOLO-NAS", "YOLOv4 with three anchors"])
def test_boxes_of_cells(tmp_path: Path, each: int) -> None:
    """As many boxes as cells, or anchors, mean a YOLO: letterboxed, or with anchors stretched."""
    outputs = dense(each=each)
    family = recognise(read(tmp_path, *outputs))
    assert family.name == "yolo_nas"
    assert family.input.layout is (letterbox if each == 1 else stretch)
    found = family.decode(answers({1: outputs[0], 2: outputs[1]}), 0.5)
    assert len(found) + found.not_listed == 84 * each
    assert found.boxes_xyxy[-1] * SIDE == pytest.approx(outputs[0][0, -1])
    assert (found.scores[-1], found.class_ids[-1]) == (1.0, 2)


@pytest.mark.parametrize(
    "outputs",
    [
        pytest.param((RANDOM.normal(0, 1, (1, QUERIES, 4)), LOGITS[np.newaxis]), id="encoded boxes"),
        pytest.param((np.zeros((1, QUERIES, 4)), LOGITS[np.newaxis]), id="boxes without an area"),
        pytest.param((CENTRED[np.newaxis] + 900, LOGITS[np.newaxis]), id="boxes elsewhere"),
        pytest.param((CENTRED[np.newaxis], LOGITS[np.newaxis, 1:]), id="fewer scores than boxes"),
        pytest.param((dense()[0][:, ::-1], dense()[1]), id="boxes that are not about their cells"),
    ],
)
def test_other_pairs(tmp_path: Path, outputs: tuple[np.ndarray, np.ndarray]) -> None:
    """Two outputs of such shapes that are not boxes with scores are of no known family."""
    with pytest.raises(UnusableModel, match="no detector of a known family"):
        recognise(read(tmp_path, *outputs))
