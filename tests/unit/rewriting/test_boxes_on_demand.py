"""detector/rewriting/boxes_on_demand.py."""

from pathlib import Path

import numpy as np
import pytest

from detector.families.recognition import recognise
from detector.files.modelfile import ModelFile
from detector.images.decoding import ImageLimits, decode
from detector.rewriting.boxes_on_demand import with_boxes_on_demand
from detector.tflite.outputs import Answers
from detector.tflite.runtime import LITERT
from tests.support.made_networks import CODES, SIDE
from tests.support.made_yolo import STRIDES, Yolov8
from tests.support.running import assert_alike, candidates, labelled

NOISE_RGB = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)


@pytest.mark.parametrize("lowest", [0.0, 0.5, 1.0])
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
def test_finds_the_same(tmp_path: Path, classes: int, bins: int, exported: dict[str, bool], lowest: float) -> None:
    """A YOLO in parts proposes the same boxes with the same scores, and counts the same."""
    file = labelled(tmp_path, Yolov8(classes, bins).export(**exported), "\n".join(["cat", "dog"][:classes]))
    parts = with_boxes_on_demand(file)
    grids = [(1, SIDE // stride, SIDE // stride, classes) for stride in STRIDES]
    assert [level.scores.shape for level in parts.levels] == grids
    before, after = (candidates(each, NOISE_RGB, lowest) for each in (file, parts))
    assert_alike(after, before, boxes=1e-5, scores=1e-5)


def test_computes_only_boxes_of_levels_that_found_something(tmp_path: Path) -> None:
    """Each level's boxes are asked for where one of its scores is high enough, and else not."""
    parts = with_boxes_on_demand(labelled(tmp_path, Yolov8().export()))
    family = recognise(parts)
    interpreter = parts.interpreter(LITERT)
    interpreter.set_tensor(family.input.tensor.index, family.input.fill(NOISE_RGB, family.place(SIDE, SIDE)))
    interpreter.invoke()
    best = [1 / (1 + np.exp(-interpreter.get_tensor(level.scores.index).max())) for level in parts.levels]
    asked = []

    class Asked(Answers):
        def __getitem__(self, index: int) -> object:
            asked.append(index)
            return super().__getitem__(index)

    lowest = float(np.median(best))
    family.decode(Asked(interpreter, parts.given), lowest)
    wanted = {level.boxes.gives.index for level, score in zip(parts.levels, best, strict=True) if score >= lowest}
    assert wanted == {level.boxes.gives.index for level in parts.levels}.intersection(asked)
    assert len(wanted) == 2


@pytest.mark.parametrize(
    ("exported", "sidecar"),
    [
        pytest.param({"signs": (1, 1, -1, -1)}, "{}", id="sides in another order"),
        pytest.param({"squash": CODES.TANH}, "{}", id="other scores"),
        pytest.param({}, "family: yolox", id="another family"),
    ],
)
def test_leaves_others(tmp_path: Path, exported: dict[str, object], sidecar: str) -> None:
    """What would be decoded otherwise, or is said to be something else, is left as it is."""
    (tmp_path / "m.yml").write_text(sidecar, "utf-8")
    file = labelled(tmp_path, Yolov8().export(**exported))
    assert with_boxes_on_demand(file) is file


def test_leaves_what_lacks_labels(tmp_path: Path) -> None:
    """A file that cannot be served is left as it is, to be refused as ever."""
    file = labelled(tmp_path, Yolov8().export(), "cat")
    assert with_boxes_on_demand(file) is file


@pytest.mark.parametrize("name", ["yolov8n_int8_224", "yolov8n_int8_640", "yolo11n_int8_640"])
def test_public_models_find_the_same(assets: Path, name: str) -> None:
    """An export by Ultralytics is taken apart, and answers the same to a real photo."""
    file = ModelFile.read(assets / "models" / f"{name}.tflite")
    parts = with_boxes_on_demand(file)
    assert len(parts.levels) == 3
    image_rgb = decode((assets / "coco/images/000000000009.jpg").read_bytes(), ImageLimits())
    before, after = (candidates(each, image_rgb, 0.3) for each in (file, parts))
    assert len(after) > 5
    assert_alike(after, before, boxes=1e-4, scores=1e-4)


@pytest.mark.parametrize("name", ["yolov5n_fp16", "ssd_fpnlite_tf2_cat_raccoon", "ssd_raw_heads_person_192"])
def test_leaves_other_public_models(assets: Path, name: str) -> None:
    """Files of other families are left as they are."""
    file = ModelFile.read(assets / "models" / f"{name}.tflite")
    assert with_boxes_on_demand(file) is file
