"""Families whose files have the same shapes and are distinguished by a sample of their outputs: detector/families."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.families.family import Family
from detector.families.grid import grid
from detector.families.recognition import FAMILIES, recognise
from detector.families.ssd.anchors import ssd_anchors
from detector.files.modelfile import ModelFile
from tests.support import made_models
from tests.support.made_models import answers

POINTS, REACH = grid(64, 64, (8, 16, 32))  # 84 cells
CENTRES = POINTS[:, :2] + 1.0
SIZES = np.full((84, 2), 12.0)
OFFSETS = np.random.default_rng(0).uniform(0, 1, (84, 4))


def a_row_a_cell(boxes: np.ndarray, objectness: float, classes: int = 1) -> np.ndarray:
    """An output [1, 84, 5 + classes] with one box [84, 4] per cell."""
    return np.concatenate([boxes, np.full((84, 1), objectness), np.full((84, classes), 0.5)], axis=1)[np.newaxis]


RAW = a_row_a_cell(OFFSETS, 0.3)
DECODED = a_row_a_cell(np.concatenate([CENTRES, SIZES], axis=1), 0.3)
YOLOV6 = a_row_a_cell(np.concatenate([CENTRES, SIZES], axis=1), 1.0)


def family(folder: Path, *outputs: np.ndarray, labels: str = "cone", **facts: Any) -> Family:
    """The family of a file with these outputs, which exactly one recogniser knows."""
    (folder / "m.txt").write_text(labels, "utf-8")
    file = ModelFile.read(made_models.write(folder / "m.tflite", *outputs, **facts))
    found = recognise(file)
    assert [name for name, recogniser in FAMILIES.items() if recogniser(file)] == [found.name]
    return found


@pytest.mark.parametrize("input_shape", [(1, 64, 64, 3), (1, 3, 64, 64)], ids=["channels last", "channels first"])
def test_yolox_is_not_decoded(tmp_path: Path, input_shape: tuple[int, ...]) -> None:
    """Boxes that do not follow their cells are a YOLOX's, in either layout of channels."""
    found = family(tmp_path, RAW, input_shape=input_shape)
    assert found.name == "yolox"
    assert found.input.bgr


def test_rows_with_corners(tmp_path: Path) -> None:
    """Boxes [1, N, 4 + C] that can all be corners are read as corners, others as centre and size."""
    corners = np.concatenate([CENTRES - 3, CENTRES + 3, np.full((84, 2), 0.75)], axis=1)[np.newaxis]
    centred = np.concatenate([CENTRES, SIZES / 2, np.full((84, 2), 0.75)], axis=1)[np.newaxis]
    for output in (corners, centred):
        found = family(tmp_path, output, labels="cat\ndog").decode(answers({1: output}), 0.5)
        assert found.boxes_xyxy[9] * 64 == pytest.approx([*(CENTRES[9] - 3), *(CENTRES[9] + 3)])


def test_yolov6_is_decoded_and_sure(tmp_path: Path) -> None:
    """Boxes that follow their cells, with an objectness of 1, are a YOLOv6's, in RGB from 0 to 1."""
    found = family(tmp_path, YOLOV6)
    assert found.name == "yolov6"
    assert not found.input.bgr
    boxes_xyxy = found.decode(answers({1: YOLOV6}), 0.5).boxes_xyxy * 64
    assert boxes_xyxy[0] == pytest.approx([4 + 1 - 6, 4 + 1 - 6, 4 + 1 + 6, 4 + 1 + 6])


def test_decoded_with_objectness_is_ambiguous(tmp_path: Path) -> None:
    """Such boxes may want RGB or BGR, 0 to 1 or 0 to 255: they are refused, not guessed."""
    with pytest.raises(UnusableModel, match="no detector of a known family: it gives 1x84x6"):
        family(tmp_path, DECODED)


BOXES_YXYX = np.array([[[0.0, 0.25, 0.5, 0.5], [0.5, 0.5, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]])
CLASSES, SCORES, COUNT = np.array([[1.0, 0.0, 0.0]]), np.array([[0.75, 0.25, 0.0]]), np.array([2.0])


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (2, 0, 3, 1), (3, 2, 1, 0)], ids=["TF1's", "TF2's", "another"])
def test_four_outputs(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Boxes, classes, scores and count are distinguished in any order, without names and without the operation."""
    outputs = [(BOXES_YXYX, CLASSES, SCORES, COUNT)[place] for place in order]
    found = family(tmp_path, *outputs, labels="a\nb")
    assert found.name == "four_outputs"
    candidates = found.decode(
        answers({number: np.asarray(output, np.float32) for number, output in enumerate(outputs, 1)}), 0.5
    )
    assert candidates.boxes_xyxy.tolist() == [[0.25, 0.0, 0.5, 0.5]]
    assert (candidates.scores.tolist(), candidates.class_ids.tolist()) == ([0.75], [1])
    assert candidates.not_listed == 1


@pytest.mark.parametrize(
    "lists",
    [
        pytest.param((CLASSES, CLASSES), id="two lists of classes"),
        pytest.param((CLASSES, SCORES * 9), id="scores above 1"),
        pytest.param((SCORES, SCORES), id="two lists of scores"),
        pytest.param((CLASSES[:, :2], SCORES), id="lists of two lengths"),
        pytest.param((-CLASSES, SCORES), id="negative classes"),
    ],
)
def test_other_four_outputs(tmp_path: Path, lists: tuple[np.ndarray, np.ndarray]) -> None:
    """Four outputs whose scores and classes cannot be distinguished are refused."""
    with pytest.raises(UnusableModel, match="no detector of a known family"):
        family(tmp_path, BOXES_YXYX, *lists, COUNT)


@pytest.mark.parametrize(
    ("side", "count"), [pytest.param(192, 2016, id="present"), pytest.param(256, 2944, id="first release")]
)
def test_palms(side: int, count: int) -> None:
    """The palm detector is a BlazeFace with seven key points; its input is from 0 to 1."""
    found = recognise(
        made_models.facts((1, count, 18), (1, count, 1), input_shape=(1, side, side, 3)),
    )
    assert (found.name, found.labels) == ("blazeface", ("palm",))
    white = found.input.fill(np.full((side, side, 3), 255, np.uint8), found.input.place(side, side))
    assert white.max() == pytest.approx(1)


def test_quantised_scores_must_be_scores(tmp_path: Path) -> None:
    """Boxes in pixels and scores in one integer output with steps of two pixels lose the scores: refused as such."""
    output = np.zeros((1, 5, 84), np.int8)
    with pytest.raises(UnusableModel, match=r"quantised in steps of 2.5, in which scores from 0 to 1 are lost"):
        family(tmp_path, output, dtype="int8", scale=2.5)
    assert family(tmp_path, output, dtype="int8", scale=1 / 128).name == "yolov8"


@pytest.mark.parametrize("high", [0.75, np.log(3)], ids=["scores", "logits"])
@pytest.mark.parametrize("order", [1, -1], ids=["boxes first", "scores first"])
def test_ssd_without_anchors_has_the_usual_ones(tmp_path: Path, high: float, order: int) -> None:
    """A file with the number of the usual anchors is decoded with them, from scores or logits alike."""
    anchors_cxcywh = ssd_anchors(64, 64)
    boxes = np.zeros((1, len(anchors_cxcywh), 4), np.float32)
    scores = np.full((1, len(anchors_cxcywh), 3), 0.0 if high < 1 else -9.0, np.float32)
    scores[0, 40, 2] = high
    outputs = [boxes, scores][::order]
    found = family(tmp_path, *outputs, labels="cat\ndog").decode(answers(dict(enumerate(outputs, 1))), 0.5)
    centre, size = anchors_cxcywh[40, :2], anchors_cxcywh[40, 2:]
    assert found.boxes_xyxy == pytest.approx(np.array([[*(centre - size / 2), *(centre + size / 2)]]))
    assert found.scores == pytest.approx([0.75])
    assert found.class_ids.tolist() == [1]


def test_ssd_gives_its_anchors(tmp_path: Path) -> None:
    """A file without post-processing whose anchors are an output, centre y first, is decoded with them."""
    outputs = [np.zeros((1, 3, 4)), np.array([[[0.1, 0.9], [0.8, 0.2], [0.1, 0.1]]]), np.full((3, 4), 0.5)]
    outputs[2][0] = [0.25, 0.5, 0.125, 0.75]
    found = family(tmp_path, *outputs, labels="background\ncat").decode(answers(dict(enumerate(outputs, 1))), 0.5)
    assert found.boxes_xyxy.tolist() == [[0.125, 0.1875, 0.875, 0.3125]]
    assert found.scores == pytest.approx([0.9])
