"""The extra tflite-runtime, installed into an environment of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.boxes.geometry import iou
from tests.support import environment

ROOT = Path(__file__).parents[2]
LABELS = {
    "ssd_mobilenet_v1_coco.txt": "coco_90_with_placeholder.txt",
    "ssd_mobilenet_v1_pets.pbtxt": "pets.pbtxt",
    "ssd_fpnlite_tf2_cat_raccoon.txt": "cat_raccoon.txt",
    "yolov5n_fp16.txt": "coco_80.txt",
}

LOOK = """
import json, sys
from app import create_admission, create_detector
from detector import Criteria, Query
from settings import Settings

runtime, models, photo = sys.argv[1:]  # all boxes, for suppression may keep either of two
settings = Settings(runtime=runtime, models=models, skip_unusable=True)
detector = create_detector(settings, create_admission(settings))
criteria = Criteria(score=0.3, width=0.03, height=0.03, iou=1.0, per_class=True, max_results=300)
found = {}
for model in detector.models:
    findings = detector.detect(open(photo, "rb").read(), [Query(model, criteria)])
    boxes, scores = findings.boxes_xyxy.tolist(), findings.scores.tolist()
    found[model.name] = [[label, *box, score] for label, box, score in zip(findings.labels, boxes, scores)]
print(json.dumps(found))
"""

Found = dict[str, list[list[Any]]]

DRAW = """
import cv2, numpy as np
from detector.drawing.annotation import draw

drawn = draw(np.zeros((90, 90, 3), np.uint8), np.array([[0.1, 0.5, 0.9, 0.9]]), [0.5], ["cône"])
print(cv2.__version__, drawn[:40].any(), drawn[45:].any())
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the extra."""
    if sys.version_info >= (3, 12):
        pytest.skip("tflite-runtime has no wheels for Python 3.12 and later")
    # Installed from a copy: setuptools would leave its build folder in the repository.
    project = tmp_path_factory.mktemp("project")
    for name in ("pyproject.toml", "README.md"):
        (project / name).write_bytes((ROOT / name).read_bytes())
    return environment.create(tmp_path_factory.mktemp("tflite-runtime"), f"{project}[tflite-runtime]")


def look(python: Path, runtime: str, models: Path, photo: Path) -> subprocess.CompletedProcess[str]:
    """The detections of each model of a folder in a photo with one runtime, printed as JSON."""
    command: list[str | Path] = [python, "-W", "ignore", "-c", LOOK, runtime, models, photo]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def found_by_both(python: Path, models: Path, photo: Path) -> tuple[Found, Found]:
    """The detections of LiteRT and tflite-runtime with the models of a folder that both can run."""
    litert, tflite = (look(python, runtime, models, photo) for runtime in ("litert", "tflite-runtime"))
    assert (litert.returncode, tflite.returncode) == (0, 0), tflite.stderr[-2000:]
    return json.loads(litert.stdout), json.loads(tflite.stdout)


def assert_alike(ours: list[list[Any]], theirs: list[list[Any]]) -> None:
    """At least 90 % of the sure boxes of each are among the other's: same label, IoU 0.85, scores within 0.1.

    What is missing are single boxes of quantised models, which the runtimes round otherwise.
    """
    for some, others in ((ours, theirs), (theirs, ours)):
        sure = [box for box in some if box[5] >= 0.5]
        shared = [box for box in sure if any(same(box, other) for other in others)]
        assert len(shared) >= 0.9 * len(sure)


def same(box: list[Any], other: list[Any]) -> bool:
    """True if two boxes are about one object: label, left, top, right, bottom, score."""
    overlap = iou(np.array(box[1:5]), np.array([other[1:5]]))[0]
    return box[0] == other[0] and overlap >= 0.85 and abs(box[5] - other[5]) <= 0.1


def test_finds_what_litert_finds(python: Path) -> None:
    """Both runtimes find the example's cones with the bundled model."""
    ours, theirs = found_by_both(python, ROOT / "models", ROOT / "models" / "example.jpg")
    assert len(ours["safetycone"]) >= 4
    assert_alike(ours["safetycone"], theirs["safetycone"])


def test_runs_public_models(python: Path, assets: Path, tmp_path: Path) -> None:
    """With every public model that tflite-runtime can run, including opened SSDs, it finds what LiteRT finds."""
    for model in (assets / "models").glob("*.tflite"):
        (tmp_path / model.name).symlink_to(model)
    for name, labels in LABELS.items():
        (tmp_path / name).symlink_to(assets / "labels" / labels)
    (tmp_path / "ssd_raw_heads_person_192.txt").write_text("background\nperson", "utf-8")
    ours, theirs = found_by_both(python, tmp_path, assets / "coco/images/000000000241.jpg")
    assert len(ours) == len(list(tmp_path.glob("*.tflite")))
    assert {"ssd_mobilenet_v1_coco", "ssd_fpnlite_tf2_cat_raccoon", "yolov8n_int8_640"} <= theirs.keys()
    assert sum(map(len, theirs.values())) > 10
    for name, detections in theirs.items():
        assert_alike(ours[name], detections)


def test_annotates_with_its_opencv(python: Path) -> None:
    """The extra's older OpenCV draws boxes and labels, too."""
    done = subprocess.run([python, "-c", DRAW], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    version, above, below = done.stdout.split()
    assert version.startswith("4.")
    assert (above, below) == ("True", "True")


def test_never_sees_damaged_files(python: Path, tmp_path: Path) -> None:
    """A truncated file, which would crash tflite-runtime, is refused with a sentence before that."""
    for suffix in (".txt", ".yml", ".tflite"):
        (tmp_path / f"safetycone{suffix}").write_bytes((ROOT / "models" / f"safetycone{suffix}").read_bytes())
    whole = (tmp_path / "safetycone.tflite").read_bytes()
    (tmp_path / "safetycone.tflite").write_bytes(whole[: len(whole) // 2])
    refused = look(python, "tflite-runtime", tmp_path, ROOT / "models" / "example.jpg")
    assert refused.returncode == 1
    assert "safetycone.tflite is not a whole TFLite model" in refused.stderr
