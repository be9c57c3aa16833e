"""detector/families/fomo.py."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.families import recognise
from detector.files import ModelFile
from detector.serving.model import Model
from detector.tflite import LITERT
from tests.support import made_models
from tests.support.made_models import answers

CELLS, SIDE = 12, 96


def grid(*cells: tuple[int, int, int, float], classes: int = 2) -> np.ndarray:
    """An output of background except for some cells: row, column, class and probability."""
    output = np.zeros((1, CELLS, CELLS, 1 + classes), np.float32)
    output[..., 0] = 1
    for row, column, class_id, probability in cells:
        output[0, row, column, 0] -= probability
        output[0, row, column, 1 + class_id] = probability
    return output


def read(folder: Path, output: np.ndarray, labels: str = "balloon\nkite") -> ModelFile:
    """A file with this output."""
    if labels:
        (folder / "m.txt").write_text(labels, "utf-8")
    return ModelFile.read(made_models.write(folder / "m.tflite", output, input_shape=(1, SIDE, SIDE, 3)))


@pytest.mark.parametrize(
    ("cells", "boxes", "scores"),
    [
        pytest.param([(3, 5, 0, 0.75)], [[5, 3, 6, 4]], [0.75], id="a cell"),
        pytest.param([(3, 5, 0, 0.75), (3, 6, 0, 0.625)], [[5, 3, 7, 4]], [0.75], id="cells side by side"),
        pytest.param([(3, 5, 0, 0.5), (4, 6, 0, 0.75)], [[5, 3, 7, 5]], [0.75], id="cells that touch at a corner"),
        pytest.param([(3, 5, 0, 0.75), (3, 7, 0, 0.5)], [[5, 3, 6, 4], [7, 3, 8, 4]], [0.75, 0.5], id="a gap"),
        pytest.param([(3, 5, 0, 0.75), (3, 6, 1, 0.5)], [[5, 3, 6, 4], [6, 3, 7, 4]], [0.75, 0.5], id="two classes"),
        pytest.param([(3, 5, 0, 0.75), (3, 6, 0, 0.25)], [[5, 3, 6, 4]], [0.75], id="a cell below the threshold"),
        pytest.param([], [], [], id="nothing"),
    ],
)
def test_groups_of_cells(tmp_path: Path, cells: list[Any], boxes: list[list[int]], scores: list[float]) -> None:
    """Adjacent cells of a class are one object, with the best of their scores."""
    output = grid(*cells)
    family = recognise(read(tmp_path, output))
    assert family.name == "fomo"
    found = family.decode(answers({1: output}), 0.5)
    assert sorted((found.boxes_xyxy * CELLS).round(6).tolist()) == boxes
    assert sorted(found.scores.tolist(), reverse=True) == scores
    assert found.class_ids.tolist() == sorted(class_id for _, _, class_id, p in cells if p >= 0.5)[: len(scores)]


@pytest.mark.parametrize(
    ("output", "side"),
    [
        pytest.param(grid(), 48, id="a finer grid"),
        pytest.param(grid() * 2, SIDE, id="no probabilities"),
        pytest.param(grid() - 0.5, SIDE, id="logits"),
    ],
)
def test_other_maps(tmp_path: Path, output: np.ndarray, side: int) -> None:
    """Maps of another size or with other values, such as a segmentation's, are not a FOMO's."""
    (tmp_path / "m.txt").write_text("a\nb", "utf-8")
    path = made_models.write(tmp_path / "m.tflite", output, input_shape=(1, side, side, 3))
    with pytest.raises(UnusableModel, match="no detector of a known family"):
        recognise(ModelFile.read(path))


def test_labels_fit(tmp_path: Path) -> None:
    """The background is not a class, whether or not the label file lists it."""
    assert recognise(read(tmp_path, grid(), "background\nballoon\nkite")).labels == ("balloon", "kite")
    with pytest.raises(UnusableModel, match="has 2 classes, but its label file names 3"):
        recognise(read(tmp_path, grid(), "a\nb\nc"))


def test_public_file(assets: Path, tmp_path: Path) -> None:
    """A public FOMO is served: it finds nothing in an image of noise."""
    (tmp_path / "m.tflite").symlink_to(assets / "unserved" / "fomo_balloon.tflite")
    (tmp_path / "labels.txt").write_text("background\nblue\ngreen", "utf-8")
    model = Model.load(tmp_path / "m.tflite", LITERT)
    assert (model.family.name, model.labels) == ("fomo", ("blue", "green"))
    assert len(model.candidates(np.full((96, 96, 3), 128, np.uint8), 0.9)) == 0
