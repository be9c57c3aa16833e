"""The recognition of files by families: detector/families, all of them together."""

from pathlib import Path

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.families.recognition import FAMILIES, recognise
from detector.families.ssd.anchors_in_output import SsdAnchorsInOutput
from detector.files.labels import Labels
from detector.files.metadata import Embedded
from detector.files.modelfile import ModelFile
from detector.files.sidecar import Sidecar
from detector.files.ssd_options import SsdHeads
from tests.support import made_models
from tests.support.made_models import Shape, facts

COCO = tuple(f"class {number}" for number in range(80))
ONE = ("cone",)
NAMED = Labels((ONE,), "metadata")
NCHW = (1, 3, 64, 64)
ANCHORS = SsdHeads(np.zeros((3, 4), np.float32), (1, 1, 1, 1), exponential=True, sigmoid=False, classes=3)

# On 64 x 64 pixels the grids of strides 8, 16, 32 have 64 + 16 + 4 = 84 cells; 85 with stride 64, 340 with stride 4.
KNOWN = [
    pytest.param("yolov8", facts((1, 5, 84), labels=ONE), id="yolov8: one class"),
    pytest.param("yolov8", facts((1, 84, 8400), input_shape=(1, 640, 640, 3), labels=COCO), id="yolov8: usual"),
    pytest.param("yolov8", facts((1, 84, 6300), input_shape=(1, 480, 640, 3), labels=COCO), id="yolov8: oblong"),
    pytest.param("yolov8", facts((1, 54, 85), labels=COCO[:50]), id="yolov8: four levels"),
    pytest.param("yolov8", facts((1, 54, 340), labels=COCO[:50]), id="yolov8: a finer level"),
    pytest.param("yolov8", facts((1, 54, 20), labels=COCO[:50]), id="yolov8: two levels"),
    pytest.param("yolov8", facts((1, 5, 84), input_shape=NCHW, labels=ONE), id="yolov8: channels first"),
    pytest.param("yolov8", facts((1, 84, 6), labels=("a", "b")), id="yolov8: transposed, two classes"),
    pytest.param(
        "yolov8", facts((1, 84, 6), input_shape=NCHW, labels=("a", "b")), id="yolov8: transposed, channels first"
    ),
    pytest.param(
        "yolov8",
        facts((1, 5, 84), embedded=Embedded(labels=NAMED, task="detect"), labels=ONE),
        id="yolov8: task",
    ),
    pytest.param("yolov5", facts((1, 252, 6), labels=ONE), id="yolov5: one class"),
    pytest.param("yolov5", facts((1, 25200, 85), input_shape=(1, 640, 640, 3), labels=COCO), id="yolov5: usual"),
    pytest.param("yolov5", facts((1, 255, 6), labels=ONE), id="yolov5: four levels"),
    pytest.param("yolo_end_to_end", facts((1, 300, 6), labels=COCO), id="end to end"),
    pytest.param("yolo_end_to_end", facts((1, 100, 6), labels=ONE), id="end to end: a hundred"),
    pytest.param("yolox", facts((1, 3549, 85), input_shape=(1, 3, 416, 416), labels=COCO), id="yolox: usual"),
    pytest.param("yolox", facts((1, 84, 6), input_shape=NCHW, labels=ONE), id="yolox: one class"),
    pytest.param(
        "yolox", facts((1, 84, 6), labels=ONE, sidecar=Sidecar(family="yolox")), id="yolox: named, channels last"
    ),
    pytest.param("blazeface", facts((1, 896, 16), (1, 896, 1), input_shape=(1, 128, 128, 3)), id="blazeface: front"),
    pytest.param("blazeface", facts((1, 896, 1), (1, 896, 16), input_shape=(1, 256, 256, 3)), id="blazeface: back"),
    pytest.param(
        "blazeface", facts((1, 2304, 16), (1, 2304, 1), input_shape=(1, 192, 192, 3)), id="blazeface: full range"
    ),
    pytest.param(
        "ssd",
        facts((1, 3, 4), (1, 3, 3), labels=("a", "b"), heads=ANCHORS),
        id="ssd: anchors in metadata",
    ),
]

NO_DETECTORS: list[tuple[Shape, ...]] = [
    ((1, 1001),),
    ((1, 9),),
    ((1,),),
    ((),),
    ((1, 257, 257, 21),),
    ((1, 64, 64, 1),),
    ((1, 1404),),
    ((1, 17, 3),),
    ((1, 1, 17, 3),),
    ((1, 197, 768),),
    ((1, 83, 84),),
    ((1, 4, 84),),
    ((1, 252, 5),),
    ((1, 84, 6),),
    ((1, 2000, 6),),
    ((2, 5, 84),),
    ((1, 5, 84), (1, 16, 16, 32)),
    ((1, 116, 84), (1, 160, 160, 32)),
    ((1, 896, 16), (1, 896, 1)),
    ((1, 2016, 18), (1, 2016, 1)),
    ((1, 84, 4), (1, 84, 80)),
    ((1, 10, 4), (1, 10), (1, 10), (1,)),
    ((1, 84, 4), (1, 84, 80), (1, 85, 4)),
    ((1, 84, 4), (1, 84, 80), (84, 4)),
]


@pytest.mark.parametrize(("family", "file"), KNOWN)
def test_one_family_knows_it(family: str, file: ModelFile) -> None:
    """A file is recognised by its own family, and by no other."""
    assert recognise(file).name == family
    assert [name for name, recogniser in FAMILIES.items() if recogniser(file)] == [family]


@pytest.mark.parametrize("outputs", NO_DETECTORS, ids=str)
@pytest.mark.parametrize("input_shape", [(1, 64, 64, 3), NCHW], ids=["last", "first"])
def test_none_knows_it(outputs: tuple[Shape, ...], input_shape: Shape) -> None:
    """Classifiers, segmentation maps, key points, embeddings and near misses are refused, whatever their labels."""
    for labels in (COCO, None):
        with pytest.raises(UnusableModel):
            recognise(facts(*outputs, input_shape=input_shape, labels=labels))


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(facts((1, 5, 84), input_shape=(1, 64, 64, 4), labels=ONE), id="four channels"),
        pytest.param(facts((1, 300, 6), input_shape=(1, 300), labels=ONE), id="no image"),
        pytest.param(facts((1, 300, 6)), id="no labels"),
        pytest.param(facts((1, 84, 84)), id="no labels for many classes"),
        pytest.param(facts((1, 5, 84), labels=("a", "b")), id="more labels than classes"),
        pytest.param(facts((1, 252, 7), labels=ONE), id="fewer labels than classes"),
        pytest.param(facts((1, 84, 7), input_shape=NCHW, labels=("a",)), id="yolox: fewer labels than classes"),
        pytest.param(facts((1, 56, 84), labels=ONE), id="a pose model: 51 columns are no classes"),
        pytest.param(
            facts((1, 896, 16), (1, 896, 1), input_shape=(1, 128, 128, 3), labels=("a", "b")), id="two kinds of faces"
        ),
        pytest.param(facts((1, 3, 4), (1, 4, 3), heads=ANCHORS, labels=("a", "b")), id="other anchors"),
    ],
)
def test_mismatches_are_refused(file: ModelFile) -> None:
    """A file whose shape, input and labels disagree is refused: a shifted label is worse than none."""
    with pytest.raises(UnusableModel):
        recognise(file)


@pytest.mark.parametrize("outputs", [((1, 5, 84),), ((1, 1001),), ((1, 300, 6),)], ids=str)
@pytest.mark.parametrize(
    ("input_shape", "what"), [((1, 300), "takes 1x300, where"), ((1, 64, 64, 4), "takes 1x64x64x4, where")]
)
def test_a_wrong_input_is_not_blamed_on_the_output(outputs: tuple[Shape, ...], input_shape: Shape, what: str) -> None:
    """A fault of the input is reported before any of the outputs."""
    with pytest.raises(UnusableModel, match=what):
        recognise(facts(*outputs, input_shape=input_shape, labels=ONE))


@pytest.mark.parametrize("task", ["segment", "pose", "obb", "classify"])
@pytest.mark.parametrize("shape", [(1, 5, 84), (1, 252, 6), (1, 300, 6)], ids=str)
def test_other_tasks_are_refused(task: str, shape: Shape) -> None:
    """A file whose metadata names a task other than detection is refused even if its shape would fit."""
    with pytest.raises(UnusableModel, match="another task"):
        recognise(facts(shape, labels=ONE, embedded=Embedded(labels=NAMED, task=task)))


def test_distinguishes_anchors_from_deltas(tmp_path: Path) -> None:
    """Of two outputs of one shape, the anchors are those whose boxes all have an area, in either order."""
    scores = [[[0.9, 0.1], [0.2, 0.8]]]
    deltas = [[[0.1, 0.1, 0.0, 0.0], [0.0, 0.0, 0.1, 0.1]]]
    anchors = [[[0.0, 0.0, 0.5, 0.5], [0.5, 0.5, 1.0, 1.0]]]
    (tmp_path / "m.txt").write_text("person", "utf-8")
    for outputs, place in (
        ([scores, deltas, anchors], 2),
        ([anchors, deltas, scores], 0),
        ([deltas, anchors, scores], 1),
    ):
        file = ModelFile.read(made_models.write(tmp_path / "m.tflite", *outputs))
        family = recognise(file)
        assert family.name == "ssd_anchors_in_output"
        assert isinstance(family, SsdAnchorsInOutput)
        assert family.anchors == file.outputs[place].index
        assert [name for name, recogniser in FAMILIES.items() if recogniser(file)] == ["ssd_anchors_in_output"]


SCORES, DELTAS = np.full((1, 2, 2), 0.5), np.zeros((1, 2, 4))
CORNERS = np.array([[[0, 0, 1, 1], [0, 0, 0.5, 0.5]]])


@pytest.mark.parametrize(
    "outputs",
    [
        pytest.param([SCORES, DELTAS, DELTAS], id="no anchors"),
        pytest.param([SCORES, CORNERS, CORNERS], id="two anchors"),
        pytest.param([SCORES * 9, DELTAS, CORNERS], id="logits"),
        pytest.param([SCORES[..., :1], DELTAS, CORNERS], id="no class but the background"),
    ],
)
def test_three_outputs_that_are_not_an_ssd(tmp_path: Path, outputs: list[np.ndarray]) -> None:
    """Three outputs of such shapes whose values are not scores, deltas and anchors are refused."""
    (tmp_path / "m.txt").write_text("person", "utf-8")
    with pytest.raises(UnusableModel, match="no detector of a known family"):
        recognise(ModelFile.read(made_models.write(tmp_path / "m.tflite", *outputs)))
