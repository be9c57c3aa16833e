"""detector/rewriting/opening.py."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.boxes.candidates import Candidates
from detector.boxes.filters import Criteria, select
from detector.families.ssd import postprocess
from detector.files.modelfile import ModelFile
from detector.images import ImageLimits, decode
from detector.serving.model import Model
from detector.tflite.custom_operations import POSTPROCESS
from detector.tflite.graph import Graph
from detector.tflite.runtime import LITERT
from tests.support import made_models
from tests.support.running import rewritten

COUNT = 40
RANDOM = np.random.default_rng(0)
ENCODED = RANDOM.normal(0, 1, (1, COUNT, 4)).astype(np.float32)
SCORES = RANDOM.uniform(0, 1, (1, COUNT, 3)).astype(np.float32)
ANCHORS_YXHW = RANDOM.uniform(0.2, 0.6, (COUNT, 4)).astype(np.float32)
OPTIONS = {
    "max_detections": 10,
    "max_classes_per_detection": 1,
    "nms_score_threshold": 0.0,
    "nms_iou_threshold": 0.6,
    "num_classes": 2,
    "x_scale": 10.0,
    "y_scale": 9.0,
    "w_scale": 5.0,
    "h_scale": 4.0,
}
LABELS = "cat\ndog"
GREY = np.full((64, 64, 3), 128, np.uint8)


def write(
    folder: Path, *, scores: np.ndarray = SCORES, labels: str = LABELS, sidecar: str = "", **options: Any
) -> Path:
    """Writes a file that ends in the operation, with labels beside it; OPTIONS may be replaced."""
    order = options.pop("order", (0, 1, 2, 3))
    path = folder / "m.tflite"
    path.with_suffix(".txt").write_text(labels, "utf-8")
    if sidecar:
        path.with_suffix(".yml").write_text(sidecar, "utf-8")
    return made_models.write(
        path, ENCODED, scores, ANCHORS_YXHW, postprocess=OPTIONS | options, postprocess_order=order
    )


def candidates(path: Path) -> Candidates:
    """All candidates of a file's model, best first."""
    return Model.load(path, LITERT).candidates(GREY, 0.0).sort_by_score()


@pytest.mark.parametrize("background", [0, 1], ids=["no background", "a background first"])
def test_decodes_as_the_operation_does(tmp_path: Path, background: int) -> None:
    """An opened file gives the boxes, scores and classes of the operation, had that returned all of them."""
    scores = SCORES if background else SCORES[:, :, 1:]
    path = write(tmp_path, scores=scores, max_detections=COUNT, nms_iou_threshold=1.0)
    found = candidates(path)
    path.with_suffix(".yml").write_text("family: ssd_postprocess", "utf-8")
    expected = candidates(path)
    assert len(found) == len(expected) == COUNT
    assert found.boxes_xyxy == pytest.approx(expected.boxes_xyxy, abs=1e-6)
    assert found.scores == pytest.approx(expected.scores)
    assert found.class_ids.tolist() == expected.class_ids.tolist()


def test_gives_more_than_the_operation(tmp_path: Path) -> None:
    """All candidates are proposed, not only the few that the export selects."""
    path = write(tmp_path)
    assert len(candidates(path)) == COUNT
    path.with_suffix(".yml").write_text("family: ssd_postprocess", "utf-8")
    assert len(candidates(path)) < 11


def test_order_of_outputs_does_not_matter(tmp_path: Path) -> None:
    """A file that lists the operation's outputs as TF2 does is opened as well."""
    assert (
        candidates(write(tmp_path, order=(2, 0, 3, 1))).scores.tolist() == candidates(write(tmp_path)).scores.tolist()
    )


def test_keeps_the_digest(tmp_path: Path) -> None:
    """Another model is run, but the digest is the file's."""
    file = ModelFile.read(write(tmp_path))
    assert rewritten(file).content != file.content
    assert rewritten(file).digest == file.digest
    assert rewritten(file).custom_operations == {}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"num_classes": 7}, id="more classes than scores"),
        pytest.param({"num_classes": 1}, id="two scores too many"),
        pytest.param({"num_classes": "two"}, id="no number of classes"),
        pytest.param({"x_scale": 0.0}, id="a scale of 0"),
        pytest.param({"x_scale": "ten"}, id="a scale that is no number"),
    ],
)
def test_leaves_unexpected_options(tmp_path: Path, options: dict[str, Any]) -> None:
    """A file whose operation has unexpected options is left as it is."""
    file = ModelFile.read(write(tmp_path))
    operation = file.custom_operations[POSTPROCESS]
    changed = replace(operation, options=operation.options | options)
    file = replace(file, custom_operations={POSTPROCESS: changed})
    assert rewritten(file) is file


def test_leaves_files_that_do_not_end_there(tmp_path: Path, safetycone_file: ModelFile) -> None:
    """A file without the operation, or with other outputs besides, is left as it is."""
    assert rewritten(safetycone_file) is safetycone_file
    file = ModelFile.read(write(tmp_path))
    graph = Graph.parse(file.content)
    graph.outputs = graph.outputs[:3]
    more = file.running(graph.serialise())
    assert rewritten(more) is more


def test_public_models(assets: Path, coco: Model, cat_raccoon: Model) -> None:
    """Public models with quantised and float heads, from TF1 and TF2, are opened."""
    assert (coco.family.name, cat_raccoon.family.name) == ("ssd", "ssd")
    for model in (coco, cat_raccoon):
        path = assets / "models" / f"{model.name}.tflite"
        assert (
            postprocess.recognise(replace(ModelFile.read(path), labels=made_models.found_labels(*model.family.labels)))
            is not None
        )


def test_a_crowd_is_seen(assets: Path, coco: Model) -> None:
    """In a crowd more than ten objects are found, which is the maximum of the file as exported."""
    image_rgb = decode((assets / "coco/images/000000000294.jpg").read_bytes(), ImageLimits())
    criteria = Criteria(score=0.2, width=0, height=0, iou=0.6, per_class=True, max_results=100)
    kept, _ = select(coco.candidates(image_rgb, 0.2), criteria, coco.family.labels)
    assert len(kept) > 10
