"""detector/families/ultraface.py."""

import math
from pathlib import Path

import numpy as np
import pytest

from detector.boxes import iou
from detector.families import recognise
from detector.files import ModelFile
from detector.images import ImageLimits, decode
from detector.serving.model import Model
from detector.tflite import LITERT
from tests.support import made_models
from tests.support.made_models import answers

WIDTH, HEIGHT = 320, 240
SQUARES = {8: (10, 16, 24), 16: (32, 48), 32: (64, 96), 64: (128, 192, 256)}


def squares() -> list[list[float]]:
    """The anchors as centre x, centre y, width, height, input pixels, one by one."""
    return [
        [(x + 0.5) * stride, (y + 0.5) * stride, min(side, WIDTH), min(side, HEIGHT)]
        for stride, sides in SQUARES.items()
        for y in range(math.ceil(HEIGHT / stride))
        for x in range(math.ceil(WIDTH / stride))
        for side in sides
    ]


def outputs(encoded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Boxes and scores of background and face; the faces' scores rise."""
    faces = np.linspace(0, 1, len(encoded))
    return encoded[np.newaxis].astype(np.float32), np.stack([1 - faces, faces], axis=1)[np.newaxis].astype(np.float32)


@pytest.mark.parametrize("order", [1, -1], ids=["boxes first", "scores first"])
def test_decodes_as_the_source_says(tmp_path: Path, order: int) -> None:
    """Every anchor's box equals that of a decoder written from the source."""
    anchors = squares()
    encoded = np.random.default_rng(0).normal(0, 1, (len(anchors), 4))
    parts = outputs(encoded)[::order]
    file = ModelFile.read(made_models.write(tmp_path / "m.tflite", *parts, input_shape=(1, HEIGHT, WIDTH, 3)))
    family = recognise(file)
    assert (family.name, family.labels) == ("ultraface", ("face",))
    found = family.decode(answers({1: parts[0], 2: parts[1]}), 0.5)
    expected = []
    for (x, y, width, height), (dx, dy, dw, dh) in zip(anchors, encoded, strict=True):
        centre_x, centre_y = x + 0.1 * dx * width, y + 0.1 * dy * height
        half_width, half_height = width * math.exp(0.2 * dw) / 2, height * math.exp(0.2 * dh) / 2
        expected.append([centre_x - half_width, centre_y - half_height, centre_x + half_width, centre_y + half_height])
    size = [WIDTH, HEIGHT, WIDTH, HEIGHT]
    assert len(found) == 2210
    assert found.boxes_xyxy * size == pytest.approx(np.array(expected[2210:]), abs=1e-2)
    assert found.not_listed == 2210


def test_decoded_exports(tmp_path: Path) -> None:
    """Boxes that an export has decoded are used as they are."""
    boxes = np.tile([0.1, 0.2, 0.3, 0.4], (4420, 1))
    parts = outputs(boxes)
    file = ModelFile.read(made_models.write(tmp_path / "m.tflite", *parts, input_shape=(1, HEIGHT, WIDTH, 3)))
    found = recognise(file).decode(answers({1: parts[0], 2: parts[1]}), 0.99)
    assert found.boxes_xyxy[0] == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_public_file(assets: Path) -> None:
    """A public file whose outputs have no fixed shape finds the portrait's face, without any label file."""
    model = Model.load(assets / "unserved" / "ultraface_rfb_320.tflite", LITERT)
    assert model.labels == ("face",)
    found = model.candidates(decode((assets / "formats/face_portrait.jpg").read_bytes(), ImageLimits()), 0.9)
    assert iou(found.best(1).boxes_xyxy[0], np.array([[0.33, 0.23, 0.68, 0.76]])) > 0.7
