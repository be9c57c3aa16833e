"""Boxes and scores of every family, computed by hand: detector/families."""

from pathlib import Path

import numpy as np
import pytest

from detector.boxes.candidates import Candidates
from detector.errors import UnusableModel
from detector.families.activations import safe_exp, sigmoid
from detector.families.grid import cells, grid
from detector.families.recognition import recognise
from detector.files.modelfile import ModelFile
from detector.files.ssd_options import SsdHeads
from detector.serving.model import Model
from detector.tflite.runtime import LITERT
from tests.support import made_models
from tests.support.made_models import answers, facts

AB = ("a", "b")


def only(found: Candidates) -> tuple[list[float], float, int]:
    """Box, score and class of the one candidate."""
    assert len(found) == 1
    return found.boxes_xyxy[0].tolist(), float(found.scores[0]), int(found.class_ids[0])


def rows(count: int, columns: int, at: int, row: list[float]) -> np.ndarray:
    """An output [1, count, columns] of zeros except for one row."""
    output = np.zeros((1, count, columns), np.float32)
    output[0, at] = row
    return output


# centre 0.5, 0.25 and size 0.25, 0.5 -> 0.375, 0, 0.625, 0.5
CENTRED, BOX = [0.5, 0.25, 0.25, 0.5], [0.375, 0.0, 0.625, 0.5]
PIXELS = [number * 64 for number in CENTRED]


@pytest.mark.parametrize("box", [CENTRED, PIXELS], ids=["fractions", "pixels"])
@pytest.mark.parametrize("boxes_last", [True, False])
def test_yolov8(box: list[float], boxes_last: bool) -> None:
    """A column is a box's centre and size, in fractions or pixels of the input, and one score per class."""
    output = rows(84, 6, 70, [*box, 0.25, 0.75])
    if boxes_last:
        output = output.transpose(0, 2, 1)
    family = recognise(facts(output.shape, labels=AB))
    found = family.decode(answers({1: output}), 0.5)
    assert only(found) == (BOX, 0.75, 1)
    assert found.not_listed == 83


@pytest.mark.parametrize("box", [CENTRED, PIXELS], ids=["fractions", "pixels"])
def test_yolov5(box: list[float]) -> None:
    """A row's score is its objectness times its best class's probability."""
    output = rows(252, 7, 100, [*box, 0.5, 0.75, 0.25])
    found = recognise(facts(output.shape, labels=AB)).decode(answers({1: output}), 0.375)
    assert only(found) == (BOX, 0.375, 0)
    assert found.not_listed == 251
    assert len(recognise(facts(output.shape, labels=AB)).decode(answers({1: output}), 0.376)) == 0


@pytest.mark.parametrize("scale", [1, 64], ids=["fractions", "pixels"])
def test_yolo_end_to_end(scale: int) -> None:
    """A row is a box's corners, its score and its class, rounded; a class without a label is only counted."""
    output = rows(300, 6, 3, [*(number * scale for number in (0.1, 0.2, 0.3, 0.4)), 0.75, 0.999])
    output[0, 4] = [0.0, 0.0, 0.5 * scale, 0.5 * scale, 0.75, 2.0]
    output[0, 5] = [0.0, 0.0, 0.5 * scale, 0.5 * scale, np.nan, np.nan]
    found = recognise(facts(output.shape, labels=AB)).decode(answers({1: output}), 0.5)
    box, score, class_id = only(found)
    assert box == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert (score, class_id) == (0.75, 1)
    assert found.not_listed == 299


def test_yolox() -> None:
    """A row is relative to its cell's corner, in strides, with logarithmic sizes; the score is as in YOLOv5.

    Row 64 + 5 is the cell in column 1, row 1 of the grid of stride 16: corner 16, 16. Offset 0.5, 1 strides: centre 24,
    32. Size e**log(2) strides: 32 by 16.
    """
    output = rows(84, 7, 69, [0.5, 1.0, np.log(2), 0.0, 0.5, 0.25, 1.0])
    family = recognise(facts(output.shape, input_shape=(1, 3, 64, 64), labels=AB))
    box, score, class_id = only(family.decode(answers({1: output}), 0.5))
    assert box == pytest.approx([8 / 64, 24 / 64, 40 / 64, 40 / 64])
    assert (score, class_id) == (0.5, 1)


def test_blazeface() -> None:
    """A row is relative to its cell's centre, in pixels; the score is the sigmoid of the logit.

    The first 512 anchors are two for each cell of stride 8, the others six for each of stride 16. Anchor 512 + 6 is the
    first of column 1, row 0: centre 24, 8.
    """
    regressors = rows(896, 16, 518, [8, 8, 16, 32, *[0] * 12])
    logits = np.full((1, 896, 1), -100, np.float32)
    logits[0, 518] = np.log(3)
    family = recognise(facts(regressors.shape, logits.shape, input_shape=(1, 128, 128, 3)))
    assert family.labels == ("face",)
    box, score, class_id = only(family.decode(answers({1: regressors, 2: logits}), 0.5))
    assert box == [24 / 128, 0, 40 / 128, 32 / 128]
    assert score == pytest.approx(0.75)
    assert class_id == 0


def test_ssd_anchors_in_output(tmp_path: Path) -> None:
    """Corners move by deltas times the anchor's size; the background is no class."""
    outputs = [
        [[[0.9, 0.1, 0.0], [0.25, 0.0, 0.75]]],
        [[[0.0, 0.0, 0.0, 0.0], [-0.5, 0.25, 0.5, 0.0]]],
        [[[0.0, 0.0, 1.0, 1.0], [0.25, 0.5, 0.75, 1.0]]],
    ]
    (tmp_path / "m.txt").write_text("background\na\nb", "utf-8")
    model = Model.load(made_models.write(tmp_path / "m.tflite", *outputs), LITERT)
    found = model.candidates(np.zeros((64, 64, 3), np.uint8), 0.5)
    assert only(found) == ([0.0, 0.625, 1.0, 1.0], 0.75, 1)


@pytest.mark.parametrize("background", [True, False])
@pytest.mark.parametrize("sigmoid", [True, False])
@pytest.mark.parametrize("exponential_sizes", [True, False])
def test_ssd_anchors_in_metadata(background: bool, sigmoid: bool, exponential_sizes: bool) -> None:
    """Centres move by encoded numbers over scale times the anchor's size; sizes are factors of it, or their logarithms.

    Anchor: centre 0.5, 0.25, size 0.5, 0.25. y 1/10 of 0.25: 0.275; x 2/10 of 0.5: 0.6; height 0.25 times 2, width 0.5.
    """
    options = SsdHeads(
        np.array([[0.5, 0.25, 0.5, 0.25], [0.5, 0.5, 1, 1]], np.float32),
        (10, 10, 5, 5),
        exponential=exponential_sizes,
        sigmoid=sigmoid,
        classes=3 if background else 2,
    )
    factor, same = (5 * np.log(2), 0.0) if exponential_sizes else (10.0, 5.0)
    boxes = rows(2, 4, 0, [1.0, 2.0, factor, same])
    high, low = (np.log(3), -50) if sigmoid else (0.75, 0.0)
    scores = np.full((1, 2, 2), low, np.float32)
    scores[0, 0, 1] = high
    if background:
        scores = np.concatenate([np.full((1, 2, 1), high, np.float32), scores], axis=2)
    file = facts(boxes.shape, scores.shape, labels=AB, heads=options)
    box, score, class_id = only(recognise(file).decode(answers({1: boxes, 2: scores}), 0.5))
    assert box == pytest.approx([0.35, 0.025, 0.85, 0.525])
    assert score == pytest.approx(0.75)
    assert class_id == 1


@pytest.mark.parametrize("threshold", [0.0, 1e-9, 0.3, 0.999999, 1.0])
def test_ssd_logits_that_are_high_enough(threshold: float) -> None:
    """Exactly the logits whose probability reaches the threshold are listed; all are counted."""
    logits = np.linspace(-30, 30, 2 * 601, dtype=np.float32).reshape(1, 601, 2)
    anchors_cxcywh = np.full((601, 4), 0.5, np.float32)
    heads = SsdHeads(anchors_cxcywh, (1, 1, 1, 1), exponential=True, sigmoid=True, classes=2, background=0)
    boxes = np.zeros((1, 601, 4), np.float32)
    file = facts(boxes.shape, logits.shape, labels=AB, heads=heads)
    found = recognise(file).decode(answers({1: boxes, 2: logits}), threshold)
    scores = 1 / (1 + np.exp(-logits[0].max(axis=1)))
    assert found.scores == pytest.approx(scores[scores >= threshold])
    assert len(found) > 0
    assert len(found) + found.not_listed == 601


@pytest.mark.parametrize("shape", [(1, 6, 84), (1, 252, 7), (1, 300, 6)], ids=str)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_broken_numbers_are_survived(tmp_path: Path, shape: tuple[int, int, int], bad: float) -> None:
    """A model that gives NaN does not serve; one that does so later finds nothing, and counts all."""
    (tmp_path / "m.txt").write_text("a\nb", "utf-8")
    path = made_models.write(tmp_path / "m.tflite", np.full(shape, bad, np.float32))
    with pytest.raises(UnusableModel, match="numbers that are not finite"):
        Model.load(path, LITERT)
    file = ModelFile.read(path)
    model = Model(file, recognise(file), LITERT)
    found = model.candidates(np.zeros((64, 64, 3), np.uint8), 0.5)
    assert (len(found), found.not_listed) == (0, max(shape[1:]))


def test_scores_end_at_one(tmp_path: Path) -> None:
    """A score that quantisation rounded up to more than 1 is 1."""
    (tmp_path / "m.txt").write_text("a\nb", "utf-8")
    output = rows(300, 6, 0, [0.1, 0.2, 0.3, 0.4, 1.0001, 0.0])
    model = Model.load(made_models.write(tmp_path / "m.tflite", output), LITERT)
    assert model.candidates(np.zeros((64, 64, 3), np.uint8), 0.5).scores.tolist() == [1.0]


def test_no_box_at_all() -> None:
    """An output without a score above the threshold gives no candidate, but counts all."""
    found = recognise(facts((1, 6, 84), labels=AB)).decode(answers({1: np.zeros((1, 6, 84), np.float32)}), 0.01)
    assert (len(found), found.not_listed) == (0, 84)


def test_quantised_at_both_ends(tmp_path: Path) -> None:
    """An int8 file gets pixels by its input's scale; its outputs are (stored - zero point) * scale."""
    output = np.full((1, 6, 84), -128, np.int8)
    output[0, :, 3] = [-1, -65, -65, -1, -128, 62]  # 127, 63, 63, 127 and 190 of 255
    path = made_models.write(tmp_path / "m.tflite", output, dtype="int8", scale=1 / 255, zero_point=-128)
    (tmp_path / "m.txt").write_text("a\nb", "utf-8")
    model = Model.load(path, LITERT)
    filled = model.family.input.fill(np.full((64, 64, 3), 200, np.uint8), model.family.input.place(64, 64))
    assert filled.dtype == np.int8
    assert (filled == 200 - 128).all()
    box, score, class_id = only(model.candidates(np.zeros((64, 64, 3), np.uint8), 0.5))
    cx, cy, width, height = 127 / 255, 63 / 255, 63 / 255, 127 / 255
    assert box == pytest.approx([cx - width / 2, max(0, cy - height / 2), cx + width / 2, cy + height / 2], abs=1e-6)
    assert (round(score, 4), class_id) == (round(190 / 255, 4), 1)


def test_uint8_pixels_stay(tmp_path: Path) -> None:
    """A YOLO with a uint8 input of scale 1/255 gets pixels unchanged."""
    path = made_models.write(tmp_path / "m.tflite", np.zeros((1, 5, 84)), dtype="uint8", scale=1 / 255)
    (tmp_path / "m.txt").write_text("a", "utf-8")
    image_input = recognise(ModelFile.read(path)).input
    assert (image_input.fill(np.full((64, 64, 3), 200, np.uint8), image_input.place(64, 64)) == 200).all()


def test_grid_counts_what_it_lists() -> None:
    """The listed cells of every level add up to the counted ones."""
    points, reach = grid(96, 64, (8, 16, 32))
    assert len(points) == len(reach) == cells(96, 64, (8, 16, 32)) == 96 + 24 + 6
    assert points[12].tolist() == [4, 12, 4, 12]
    assert points[-1].tolist() == [80, 48, 80, 48]


def test_functions_do_not_overflow() -> None:
    """Exponentials and sigmoids of any number are finite."""
    extremes = np.array([-1e30, -1000, 0, 1000, 1e30], np.float32)
    assert np.isfinite(safe_exp(extremes)).all()
    assert sigmoid(extremes) == pytest.approx([0, 0, 0.5, 1, 1])
