"""detector/families/head_maps.py."""

import math
from pathlib import Path

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.families import recognise
from detector.files import ModelFile
from tests.support import made_models
from tests.support.made_models import answers

SIDE, CLASSES = 64, 2
FAMILIES = {"rtmdet": ((8, 16, 32), 4), "picodet": ((8, 16, 32, 64), 32)}


def maps(name: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Random score logits [1, rows, columns, CLASSES] and random distances, per level."""
    random = np.random.default_rng(0)
    strides, width = FAMILIES[name]
    found = []
    for stride in strides:
        side = SIDE // stride
        distances = (
            random.uniform(0, 30, (1, side, side, width)) if width == 4 else random.normal(0, 2, (1, side, side, 32))
        )
        found.append((random.normal(-1, 2, (1, side, side, CLASSES)), distances))
    return found


def expected(name: str, levels: list[tuple[np.ndarray, np.ndarray]]) -> tuple[list[list[float]], list[float]]:
    """Every cell's box, input pixels, and best score, computed as in the papers."""
    boxes, scores = [], []
    for stride, (logits, distances) in zip(FAMILIES[name][0], levels, strict=True):
        for y in range(SIDE // stride):
            for x in range(SIDE // stride):
                numbers = distances[0, y, x]
                if name == "rtmdet":
                    left, top, right, bottom = numbers
                    centre_x, centre_y = float(x * stride), float(y * stride)
                else:
                    weights = [[math.exp(logit) for logit in numbers[8 * side : 8 * side + 8]] for side in range(4)]
                    left, top, right, bottom = (
                        stride * sum(n * each for n, each in enumerate(side)) / sum(side) for side in weights
                    )
                    centre_x, centre_y = (x + 0.5) * stride, (y + 0.5) * stride
                boxes.append([centre_x - left, centre_y - top, centre_x + right, centre_y + bottom])
                scores.append(1 / (1 + math.exp(-logits[0, y, x].max())))
    return boxes, scores


@pytest.mark.parametrize("probabilities", [False, True], ids=["logits", "probabilities"])
@pytest.mark.parametrize("channels_first", [False, True], ids=["channels last", "channels first"])
@pytest.mark.parametrize("name", FAMILIES)
def test_decodes_as_the_papers_say(tmp_path: Path, name: str, *, channels_first: bool, probabilities: bool) -> None:
    """Every cell's box and score equal those of a decoder written from the papers, in any layout."""
    levels = maps(name)
    boxes, scores = expected(name, levels)
    if probabilities:
        levels = [(1 / (1 + np.exp(-logits)), distances) for logits, distances in levels]
    outputs = [output for part in zip(*levels, strict=True) for output in part]  # all scores first
    if channels_first:
        outputs = [output.transpose(0, 3, 1, 2) for output in outputs]
    outputs = [np.ascontiguousarray(output, np.float32) for output in outputs]
    (tmp_path / "m.txt").write_text("cat\ndog", "utf-8")
    family = recognise(
        ModelFile.read(made_models.write(tmp_path / "m.tflite", *outputs, input_shape=(1, 3, SIDE, SIDE)))
    )
    assert (family.name, family.input.bgr) == (name, name == "rtmdet")
    found = family.decode(answers(dict(enumerate(outputs, 1))), 0.0)
    assert found.boxes_xyxy * SIDE == pytest.approx(np.array(boxes), abs=1e-3)
    assert found.scores == pytest.approx(scores, abs=1e-5)


def test_other_maps(tmp_path: Path) -> None:
    """Maps of other grids, or without distances, are of no known family."""
    levels = maps("rtmdet")
    (tmp_path / "m.txt").write_text("cat\ndog", "utf-8")
    for outputs in (
        [output for level in levels[:2] for output in level],
        [output for logits, distances in levels for output in (logits, distances[..., :3])],
        [output for level in [levels[0]] * 3 for output in level],
    ):
        path = made_models.write(tmp_path / "m.tflite", *outputs, input_shape=(1, SIDE, SIDE, 3))
        with pytest.raises(UnusableModel, match="no detector of a known family"):
            recognise(ModelFile.read(path))
