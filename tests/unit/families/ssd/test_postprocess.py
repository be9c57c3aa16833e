"""detector/families/ssd/postprocess.py."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.boxes.geometry import iou
from detector.errors import UnusableModel
from detector.families.ssd.postprocess import SsdPostProcess, recognise
from detector.files.modelfile import ModelFile
from detector.files.sidecar import Normalisation, Sidecar
from detector.images import ImageLimits, decode
from detector.serving.model import Model
from detector.tflite.custom_operations import POSTPROCESS as OPERATION
from detector.tflite.custom_operations import CustomOperation
from detector.tflite.outputs import Output
from tests.support.made_models import answers, found_labels

BOXES, CLASSES, SCORES, COUNT = 1, 2, 3, 4  # tensor numbers
OPTIONS: dict[str, object] = {"num_classes": 2}


@pytest.fixture
def file(safetycone_file: ModelFile) -> ModelFile:
    """The facts about a file that ends in the operation and has the labels cat and dog."""
    operation = CustomOperation((), (BOXES, CLASSES, SCORES, COUNT), OPTIONS)
    return replace(
        safetycone_file,
        custom_operations={OPERATION: operation},
        labels=found_labels("cat", "dog"),
        sidecar=Sidecar(),
    )


def recognised(file: ModelFile) -> SsdPostProcess:
    """The file's family, which is certain."""
    family = recognise(file)
    assert family is not None
    return family


def outputs(scores: list[float], class_ids: list[float], count: float) -> dict[int, Output]:
    """The operation's outputs, with a box at the top of the left quarter each."""
    boxes_yxyx = np.tile(np.array([0.0, 0.0, 0.5, 0.25], np.float32), (1, len(scores), 1))
    return answers(
        {
            BOXES: boxes_yxyx,
            CLASSES: np.array([class_ids], np.float32),
            SCORES: np.array([scores], np.float32),
            COUNT: np.array([count], np.float32),
        }
    )


def test_decodes(file: ModelFile) -> None:
    """Boxes change from y, x to x, y; classes keep their numbers."""
    found = recognised(file).decode(outputs([0.75, 0.5], [1, 0], 2), 0.3)
    assert found.boxes_xyxy.tolist() == [[0, 0, 0.25, 0.5]] * 2
    assert found.scores.tolist() == [0.75, 0.5]
    assert found.class_ids.tolist() == [1, 0]
    assert found.not_listed == 0


@pytest.mark.parametrize(
    ("answer", "listed", "not_listed"),
    [
        pytest.param(
            outputs([0.75, 0.5, 0.5], [0, 0, 0], 2), [0.75, 0.5], 0, id="what lies behind the count is rubbish"
        ),
        pytest.param(outputs([0.75, 0.25], [0, 0], 2), [0.75], 1, id="low scores are counted"),
        pytest.param(outputs([0.75, 0.5], [0, 2], 2), [0.75], 1, id="a class without a label is counted"),
        pytest.param(outputs([0.75, 0.5], [0, -1], 2), [0.75], 1, id="a negative class is counted"),
        pytest.param(outputs([0.75], [0], 0), [], 0, id="nothing found"),
    ],
)
def test_lists(file: ModelFile, answer: dict[int, Output], listed: list[float], not_listed: int) -> None:
    """Only what the operation counts, with a label and a score that reaches the threshold, is listed."""
    found = recognised(file).decode(answer, 0.3)
    assert found.scores.tolist() == listed
    assert found.not_listed == not_listed


def test_is_recognised_by_its_operation(file: ModelFile) -> None:
    """A file without the operation, or with another number of outputs, is not of this family."""
    assert recognise(replace(file, custom_operations={})) is None
    assert recognise(replace(file, custom_operations={OPERATION: CustomOperation((), (1, 2), OPTIONS)})) is None


@pytest.mark.parametrize(
    "options",
    [pytest.param({}, id="none"), pytest.param({"num_classes": "two"}, id="no number")],
)
def test_refuses_options_without_classes(file: ModelFile, options: dict[str, object]) -> None:
    """An operation without a number of classes cannot be used."""
    operation = CustomOperation((), (BOXES, CLASSES, SCORES, COUNT), options)
    with pytest.raises(UnusableModel, match="how many classes it has: export it again"):
        recognise(replace(file, custom_operations={OPERATION: operation}))


@pytest.mark.parametrize(
    ("dtype", "stated", "expected"),
    [
        pytest.param("uint8", None, None, id="quantised: pixels as they are"),
        pytest.param("float32", None, Normalisation(127.5, 127.5), id="float: -1 to 1"),
        pytest.param("float32", Normalisation(0, 255), Normalisation(0, 255), id="float: as the sidecar says"),
        pytest.param("int8", Normalisation(0, 255), Normalisation(0, 255), id="quantised: as the sidecar says"),
    ],
)
def test_normalisation(
    file: ModelFile, dtype: str, stated: Normalisation | None, expected: Normalisation | None
) -> None:
    """A float input is normalised as in the Object Detection API, unless the sidecar says otherwise."""
    tensor = replace(file.inputs[0], dtype=np.dtype(dtype))
    family = recognised(replace(file, inputs=(tensor,), sidecar=Sidecar(normalisation=stated)))
    assert family.input.normalisation == expected


@pytest.mark.parametrize("exported", ["coco", "cat_raccoon"], ids=["TF1's order", "TF2's order"])
def test_both_orders_of_outputs(request: pytest.FixtureRequest, assets: Path, exported: str) -> None:
    """Scores and classes are distinguished in either order of the file's outputs."""
    model: Model = request.getfixturevalue(exported)
    image_rgb = decode((assets / "formats" / "cat_ref.png").read_bytes(), ImageLimits())
    found = model.candidates(image_rgb, 0.3).sort_by_score()
    assert model.family.labels[found.class_ids[0]] == "cat"
    assert 0.5 < found.scores[0] <= 1
    assert iou(np.array([0.35, 0.09, 0.73, 0.99]), found.boxes_xyxy[:1])[0] > 0.5  # the older model is less exact


def test_agrees_with_an_independent_decoder(coco: Model, assets: Path) -> None:
    """The classic COCO model finds in public photos what an independent decoder finds with it."""
    (entry,) = (
        entry
        for entry in json.loads((assets / "models.json").read_text("utf-8"))["models"]
        if entry["file"] == f"models/{coco.name}.tflite"
    )
    for name, expected in entry["reference"]["examples"].items():
        image_rgb = decode(next((assets / "coco").rglob(name)).read_bytes(), ImageLimits())
        found = coco.candidates(image_rgb, 0.3)
        for example in (example for example in expected if example["score"] >= 0.5):
            alike = found.take(found.class_ids == coco.family.labels.index(example["label"]))
            overlaps = iou(np.clip(example["box"], 0, 1), alike.boxes_xyxy)
            assert overlaps.max(initial=0) > 0.85
            assert alike.scores[overlaps.argmax()] == pytest.approx(example["score"], abs=0.05)
