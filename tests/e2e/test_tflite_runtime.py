"""The extra tflite-runtime, installed into an environment of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import environment

ROOT = Path(__file__).parents[2]

LOOK = """
import json, sys
from app import create_detector
from detector.detector import Query
from detector.filters import Criteria
from settings import Settings

detector = create_detector(Settings(runtime=sys.argv[1], models=sys.argv[2]))
photo = open("models/example.jpg", "rb").read()
criteria = Criteria(score=0.3, width=0.03, height=0.03, iou=0.4, per_class=True, most=20)
found = detector.detect(photo, [Query(criteria)]).detections
print(json.dumps([[*detection.box_xyxy, detection.score] for detection in found]))
"""

DRAW = """
import cv2, numpy as np
from detector.drawing import draw

drawn = draw(np.zeros((90, 90, 3), np.uint8), np.array([[0.1, 0.5, 0.9, 0.9]]), [0.5], ["cône"])
print(cv2.__version__, drawn[:40].any(), drawn[45:].any())
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the extra."""
    if sys.version_info >= (3, 12):
        pytest.skip("tflite-runtime has no wheels for Python 3.12 and later")
    # Installed from a copy: setuptools would leave its build folder in the repository.
    project = tmp_path_factory.mktemp("project")
    for name in ("pyproject.toml", "README.md"):
        (project / name).write_bytes((ROOT / name).read_bytes())
    return environment.create(tmp_path_factory.mktemp("tflite-runtime"), f"{project}[tflite-runtime]")


def look(python: Path, runtime: str, models: Path) -> subprocess.CompletedProcess[str]:
    """What a runtime finds in the example photo, printed as JSON."""
    command = [python, "-W", "ignore", "-c", LOOK, runtime, str(models)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_finds_what_litert_finds(python: Path) -> None:
    """Both runtimes give the same boxes within a hundredth of the picture, and the same scores within 0.05."""
    litert, tflite = (look(python, runtime, ROOT / "models") for runtime in ("litert", "tflite-runtime"))
    assert (litert.returncode, tflite.returncode) == (0, 0), tflite.stderr
    ours, theirs = json.loads(litert.stdout), json.loads(tflite.stdout)
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        assert one[:4] == pytest.approx(other[:4], abs=0.01)
        assert one[4] == pytest.approx(other[4], abs=0.05)


def test_annotates_with_its_opencv(python: Path) -> None:
    """The older OpenCV that the extra needs draws boxes and names, too."""
    done = subprocess.run([python, "-c", DRAW], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    version, above, below = done.stdout.split()
    assert version.startswith("4.")
    assert (above, below) == ("True", "True")


def test_never_sees_damaged_files(python: Path, tmp_path: Path) -> None:
    """A truncated file, which takes tflite-runtime's process down, is refused with a sentence before it gets there."""
    for suffix in (".txt", ".yml", ".tflite"):
        (tmp_path / f"safetycone{suffix}").write_bytes((ROOT / "models" / f"safetycone{suffix}").read_bytes())
    whole = (tmp_path / "safetycone.tflite").read_bytes()
    (tmp_path / "safetycone.tflite").write_bytes(whole[: len(whole) // 2])
    refused = look(python, "tflite-runtime", tmp_path)
    assert refused.returncode == 1
    assert "safetycone.tflite is not a whole TFLite model" in refused.stderr
