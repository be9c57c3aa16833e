"""training/scenes: the example photo and scenes for training."""

from pathlib import Path

import numpy as np
import pytest

from detector import Criteria, Detector, ImageLimits, ModelFolder, Query, Runtime
from detector.boxes import iou
from detector.images import decode
from training.scenes import Scene, encode, render, write_scenes
from web.admission import Admission, AdmissionLimits

SEED = 2  # of the bundled example


@pytest.fixture(scope="module")
def scene() -> Scene:
    """The scene of the bundled example, which takes seconds to draw."""
    return render(SEED)


def test_is_the_bundled_one(scene: Scene, photo: bytes) -> None:
    """The bundled example is the program's drawing, except for encoding losses."""
    bundled = decode(photo, ImageLimits()).astype(int)
    drawn = decode(encode(scene.pixels, 8000), ImageLimits())
    assert np.abs(bundled - drawn).mean() < 3


def test_shows_cones_that_the_model_finds(scene: Scene, bundled: Path, photo: bytes) -> None:
    """The bundled model finds every drawn cone, tightly and with a high score, and nothing else."""
    drawn = scene.boxes_xyxy / np.array([480, 320, 480, 320])
    criteria = Criteria(score=0.5, width=0, height=0, iou=0.4, per_class=True, max_results=20)
    detector = Detector(ModelFolder(bundled, Runtime()), ImageLimits(), Admission(AdmissionLimits(1)))
    found = detector.detect(photo, [Query(detector.models.get("safetycone"), criteria)]).boxes_xyxy
    assert len(found) == len(drawn) == 4
    assert min(iou(box, found).max() for box in drawn) > 0.7  # the smallest is 12 pixels of the input wide


def test_fits(scene: Scene) -> None:
    """The file has at most the requested size, and an impossible one is refused."""
    assert len(encode(scene.pixels, 8000)) <= 8000
    with pytest.raises(ValueError, match="does not fit into 100 bytes"):
        encode(scene.pixels, 100)


def test_draws_scenes_to_learn_from(tmp_path: Path) -> None:
    """Each scene is a photo with a label file, different from the next, the same each time."""
    write_scenes(tmp_path / "once", 5, 2)
    write_scenes(tmp_path / "again", 6, 1)
    files = sorted(file.relative_to(tmp_path / "once") for file in (tmp_path / "once").rglob("*.*"))
    assert [file.name for file in files] == ["scene5.jpg", "scene6.jpg", "scene5.txt", "scene6.txt"]
    contents = [(tmp_path / "once" / file).read_bytes() for file in files]
    again = [tmp_path / "again" / file for file in files if file.stem == "scene6"]
    assert [file.read_bytes() for file in again] == [contents[1], contents[3]]
    assert len(set(contents)) == 4
