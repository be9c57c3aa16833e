"""detector/serving/view.py."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from detector.images import Grid, ImageLimits, decode
from detector.serving.model import Model
from detector.serving.view import View
from detector.tflite.runtime import LITERT

CELL = 1 / 3
LEFT, RIGHT = 0, 2


@pytest.fixture(scope="module")
def scene(photo: bytes) -> NDArray[np.uint8]:
    """The example three times as wide and high as itself, in the middle of an empty image."""
    image = Image.new("RGB", (1440, 960), (120, 130, 120))
    image.paste(Image.open(io.BytesIO(photo)), (480, 320))
    return np.asarray(image, np.uint8)


def test_the_whole_is_what_the_model_sees(safetycone: Model, photo: bytes) -> None:
    """A view of the whole image is the model's own, and no box is cut."""
    image_rgb = decode(photo, ImageLimits())
    found = View(safetycone).candidates(image_rgb, 0.3)
    assert found.equals(safetycone.candidates(image_rgb, 0.3))
    assert found.whole() is found


def test_a_tile_finds_what_it_shows(safetycone: Model, scene: NDArray[np.uint8], photo: bytes) -> None:
    """Boxes of a tile are in the whole image at the tile's objects."""
    middle = Grid(3, 3, 0.0).regions()[4]
    found = View(safetycone, middle).candidates(scene, 0.3)
    alone = safetycone.candidates(decode(photo, ImageLimits()), 0.3)
    assert len(found) == len(alone) > 0
    assert found.boxes_xyxy == pytest.approx(alone.boxes_xyxy * CELL + CELL)


def test_boxes_at_a_tiles_edge_are_cut(safetycone: Model, scene: NDArray[np.uint8]) -> None:
    """A cone whose left half is in a tile is cut at its right side, unless the image ends there."""
    whole = View(safetycone, Grid(3, 3, 0.0).regions()[4]).candidates(scene, 0.3)
    left, _, right, _ = whole.boxes_xyxy[whole.scores.argmax()]
    middle = round((left * 0.4 + right * 0.6) * 1440)
    moved = np.roll(scene, 720 - middle, axis=1)
    for region, side in zip(Grid(2, 1, 0.0).regions(), (RIGHT, LEFT), strict=True):
        found = View(safetycone, region).candidates(moved, 0.1)
        at_edge = np.isclose(found.boxes_xyxy[:, side], 0.5, atol=1e-6)
        assert at_edge.any()
        assert found.cut is not None
        assert found.cut.tolist() == at_edge.tolist()
    assert len(View(safetycone).candidates(moved[:, :720], 0.1).whole())


@pytest.mark.parametrize(
    ("model", "labels"),
    [
        pytest.param("ssd_fpnlite_tf2_cat_raccoon", "cat_raccoon.txt", id="SSD with NMS inside, stretched"),
        pytest.param("yolov8n_int8_640", "coco_80.txt", id="YOLOv8, letterboxed"),
        pytest.param("yolov5n_fp16", "coco_80.txt", id="YOLOv5"),
    ],
)
def test_a_tile_of_any_family(bring: Callable[..., Path], assets: Path, model: str, labels: str) -> None:
    """A tile gives the boxes and scores of its pixels alone, at its place, whatever the family and its layout."""
    cat_rgb = decode((assets / "formats" / "cat_720p.jpg").read_bytes(), ImageLimits())
    height, width = cat_rgb.shape[:2]
    scene = np.full((2 * height, 3 * width, 3), 120, np.uint8)
    scene[height:, width : 2 * width] = cat_rgb
    loaded = Model.load(bring(model, labels), LITERT)
    alone = loaded.candidates(cat_rgb, 0.3)
    found = View(loaded, Grid(3, 2, 0.0).regions()[4]).candidates(scene, 0.3)
    assert "cat" in {loaded.family.labels[class_id] for class_id in found.class_ids}
    assert found.boxes_xyxy == pytest.approx(alone.boxes_xyxy / [3, 2, 3, 2] + np.array([1 / 3, 1 / 2] * 2))
    assert found.scores == pytest.approx(alone.scores)
