"""detector/families/yolo/raw_heads.py."""

import math
from pathlib import Path

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.families import recognise
from detector.families.yolo.raw_heads import COCO, OFFSET_RANGES, RawHeads
from detector.files import ModelFile
from tests.support import made_models
from tests.support.made_models import answers

WIDTH, HEIGHT = 96, 64
STRIDES = {2: (16, 32), 3: (8, 16, 32)}
LAYOUTS = {  # of a map [rows, columns, 3, 7]
    "cells": lambda numbers: numbers.reshape(*numbers.shape[:2], -1),
    "cells and anchors": lambda numbers: numbers,
    "channels first": lambda numbers: numbers.reshape(*numbers.shape[:2], -1).transpose(2, 0, 1),
    "anchors first": lambda numbers: numbers.transpose(2, 0, 1, 3),
}


def heads(grids: int) -> list[np.ndarray]:
    """Random logits [rows, columns, 3, 7], finest grid first."""
    random = np.random.default_rng(0)
    return [random.normal(0, 1.5, (HEIGHT // stride, WIDTH // stride, 3, 7)) for stride in STRIDES[grids]]


def read(folder: Path, outputs: list[np.ndarray], sidecar: str) -> ModelFile:
    """A file with these outputs."""
    (folder / "m.yml").write_text(sidecar, "utf-8")
    (folder / "m.txt").write_text("cat\ndog", "utf-8")
    arrays = [np.ascontiguousarray(output[np.newaxis], np.float32) for output in outputs]
    return ModelFile.read(made_models.write(folder / "m.tflite", *arrays, input_shape=(1, HEIGHT, WIDTH, 3)))


def sigmoid(logit: float) -> float:
    """1 / (1 + e**-x)."""
    return 1 / (1 + math.exp(-logit))


def expected(
    name: str, maps: list[np.ndarray], anchors: tuple[tuple[float, float], ...]
) -> tuple[list[list[float]], list[float]]:
    """Every anchor's box, input pixels, and best score, computed as in the papers."""
    boxes, scores = [], []
    for level, (stride, numbers) in enumerate(zip(STRIDES[len(maps)], maps, strict=True)):
        scale = OFFSET_RANGES[name][len(maps)][level]
        for row in range(numbers.shape[0]):
            for column in range(numbers.shape[1]):
                for (width, height), (x, y, w, h, objectness, *classes) in zip(
                    anchors[3 * level : 3 * level + 3], numbers[row, column], strict=True
                ):
                    centre = [
                        (cell + scale * sigmoid(each) - (scale - 1) / 2) * stride
                        for cell, each in ((column, x), (row, y))
                    ]
                    if name == "yolov5_heads":
                        sides = [(2 * sigmoid(each)) ** 2 * side for each, side in ((w, width), (h, height))]
                    else:
                        sides = [math.exp(each) * side for each, side in ((w, width), (h, height))]
                    boxes.append(
                        [
                            *(at - side / 2 for at, side in zip(centre, sides, strict=True)),
                            *(at + side / 2 for at, side in zip(centre, sides, strict=True)),
                        ]
                    )
                    scores.append(sigmoid(objectness) * max(map(sigmoid, classes)))
    return boxes, scores


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("name", "grids"),
    [("yolov3_heads", 3), ("yolov3_heads", 2), ("yolov4_heads", 3), ("yolov4_heads", 2), ("yolov5_heads", 3)],
)
def test_decodes_as_the_papers_say(tmp_path: Path, name: str, grids: int, layout: str) -> None:
    """Every anchor's box and score equal those of a decoder written from the papers, in any layout and order."""
    maps = heads(grids)
    outputs = [LAYOUTS[layout](numbers) for numbers in maps][::-1]  # the coarsest first, as Darknet lists them
    family = recognise(read(tmp_path, outputs, f"family: {name}"))
    assert family.name == name
    given = {number: np.asarray(output[np.newaxis], np.float32) for number, output in enumerate(outputs, 1)}
    found = family.decode(answers(given), -math.inf)
    boxes, scores = expected(name, maps, COCO[name][grids])
    size = [WIDTH, HEIGHT, WIDTH, HEIGHT]
    assert found.boxes_xyxy * size == pytest.approx(np.array(boxes), rel=1e-4, abs=1e-3)
    assert found.scores == pytest.approx(scores, abs=1e-6)
    high = family.decode(answers(given), 0.5)
    assert high.scores == pytest.approx([score for score in scores if score >= 0.5], abs=1e-6)


def test_the_sidecars_anchors_count(tmp_path: Path) -> None:
    """The sidecar's anchors are those of the grids, finest first."""
    anchors = [[side, 2 * side] for side in range(1, 10)]
    family = recognise(
        read(tmp_path, [LAYOUTS["cells"](m) for m in heads(3)], f"family: yolov3_heads\nanchors: {anchors}")
    )
    assert isinstance(family, RawHeads)
    assert family.anchors[:3].tolist() == anchors[:3]
    assert family.anchors[-3:].tolist() == anchors[6:]


@pytest.mark.parametrize(
    ("sidecar", "grids", "reason"),
    [
        pytest.param("", 3, r"do not tell its version: write `family:` yolov3_heads, .* into m\.yml", id="no family"),
        pytest.param("family: yolov5_heads", 2, "2 grids, for which no anchors are known", id="no anchors"),
        pytest.param("family: yolov3_heads\nanchors: [[1, 2], [3, 4]]", 3, "not of the family", id="too few anchors"),
    ],
)
def test_refuses(tmp_path: Path, sidecar: str, grids: int, reason: str) -> None:
    """Raw heads without the facts to decode them are refused by that name, with what to write where."""
    with pytest.raises(UnusableModel, match=reason):
        recognise(read(tmp_path, [LAYOUTS["cells"](numbers) for numbers in heads(grids)], sidecar))
