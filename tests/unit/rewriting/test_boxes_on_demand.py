"""detector/rewriting/boxes_on_demand.py."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.families.yolo.yolov8_in_parts import Yolov8InParts
from detector.files.modelfile import ModelFile
from detector.images import ImageLimits, decode
from detector.tflite import Output
from detector.tflite.outputs import Outputs
from tests.support.made_networks import CODES, SIDE
from tests.support.made_yolo import STRIDES, Yolov8
from tests.support.running import assert_alike, candidates, labelled, split

NOISE_RGB = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)


@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(
    ("classes", "bins", "exported"),
    [
        pytest.param(2, 4, {}, id="joined by level"),
        pytest.param(2, 4, {"apart": True}, id="scores joined apart from boxes"),
        pytest.param(2, 4, {"boxes_last": False}, id="scores last"),
        pytest.param(1, 4, {}, id="one class"),
        pytest.param(1, 4, {"apart": True}, id="one class, joined apart"),
        pytest.param(2, 1, {}, id="distances instead of distributions"),
    ],
)
def test_finds_the_same(tmp_path: Path, classes: int, bins: int, exported: dict[str, Any], threshold: float) -> None:
    """A split YOLO gives the same boxes with the same scores, and counts the same."""
    file = labelled(tmp_path, Yolov8(classes, bins).export(**exported), "\n".join(["cat", "dog"][:classes]))
    parts, family = split(file)
    assert isinstance(family, Yolov8InParts)
    shapes = {output.index: output.shape for output in parts.outputs}
    grids = [(1, SIDE // stride, SIDE // stride, classes) for stride in STRIDES]
    assert [shapes[level.scores] for level in family.levels] == grids
    before = candidates(file, NOISE_RGB, threshold)
    after = candidates(parts, NOISE_RGB, threshold, family)
    assert_alike(after, before, boxes=1e-5, scores=1e-5)


def test_computes_only_boxes_of_levels_that_found_something(tmp_path: Path) -> None:
    """A level's boxes are computed only if one of its scores reaches the threshold."""
    parts, family = split(labelled(tmp_path, Yolov8().export()))
    assert isinstance(family, Yolov8InParts)
    interpreter = parts.interpreter
    interpreter.set_tensor(family.input.tensor.index, family.input.fill(NOISE_RGB, family.input.place(SIDE, SIDE)))
    interpreter.invoke()
    best = [1 / (1 + np.exp(-interpreter.get_tensor(level.scores).max())) for level in family.levels]
    asked = []

    class Asked(Outputs):
        def __getitem__(self, index: int) -> Output:
            asked.append(index)
            return super().__getitem__(index)

    threshold = float(np.median(best))
    family.decode(Asked(interpreter, parts.outputs), threshold)
    wanted = {level.boxes for level, score in zip(family.levels, best, strict=True) if score >= threshold}
    assert wanted == {level.boxes for level in family.levels}.intersection(asked)
    assert len(wanted) == 2


@pytest.mark.parametrize(
    "exported",
    [
        pytest.param({"signs": (1, 1, -1, -1)}, id="sides in another order"),
        pytest.param({"squash": CODES.TANH}, id="other scores"),
    ],
)
def test_leaves_other_decoders(tmp_path: Path, exported: dict[str, Any]) -> None:
    """A file that would be decoded differently is left as it is."""
    file = labelled(tmp_path, Yolov8().export(**exported))
    assert split(file)[0] is file


@pytest.mark.parametrize("name", ["yolov8n_int8_224", "yolov8n_int8_640", "yolo11n_int8_640"])
def test_public_models_find_the_same(assets: Path, name: str) -> None:
    """An export by Ultralytics is split, and finds the same in a real photo."""
    file = ModelFile.read(assets / "models" / f"{name}.tflite")
    parts, family = split(file)
    assert len(parts.stages) == 3
    image_rgb = decode((assets / "coco/images/000000000009.jpg").read_bytes(), ImageLimits())
    before, after = candidates(file, image_rgb, 0.3), candidates(parts, image_rgb, 0.3, family)
    assert len(after) > 5
    assert_alike(after, before, boxes=1e-4, scores=1e-4)
