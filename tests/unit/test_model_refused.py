"""detector/model.py: files that cannot serve are refused by name, and never take the process down."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from detector.errors import UnusableModel
from detector.model import Model
from detector.runtime import LITERT

ROOT = Path(__file__).parents[2]


def refusal(path: Path) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(UnusableModel) as caught:
        Model.load(path, LITERT, interpreters=1)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "what", "advice"),
    [
        pytest.param(
            "classifier_float_224",
            "gives 1x9 for a whole picture, as a classifier",
            "bring a detector",
            id="classifier",
        ),
        pytest.param("edgetpu_compiled_yolov5n", "Edge TPU", "use the .tflite file", id="compiled for the Edge TPU"),
        pytest.param("git_lfs_pointer", "is a git-lfs pointer", "git lfs pull", id="git-lfs pointer"),
        pytest.param("truncated_ssd", "not a whole TFLite model", "get the file again", id="truncated"),
    ],
)
def test_refuses_what_is_no_detector(assets: Path, name: str, what: str, advice: str) -> None:
    """A file that is no detector is named, with what it is and what to do."""
    sentence = refusal(assets / "not-detectors" / f"{name}.tflite")
    assert sentence.startswith(f"{name}.tflite ")
    assert what in sentence
    assert advice in sentence.partition(": ")[2]


def test_refuses_detectors_without_labels(assets: Path, tmp_path: Path) -> None:
    """A detector with labels neither inside nor beside it is refused, for it could name nothing that it finds."""
    path = tmp_path / "yolov5n_fp16.tflite"
    path.symlink_to(assets / "models" / "yolov5n_fp16.tflite")
    assert refusal(path).startswith(
        "yolov5n_fp16.tflite has 80 classes and no labels: write them into yolov5n_fp16.txt"
    )


@pytest.mark.parametrize(
    ("suffix", "content", "what"),
    [
        pytest.param(".txt", None, "has 1 class and no labels: write them into safetycone.txt", id="no labels"),
        pytest.param(".txt", "cone\ncat\n", "has 1 class, but its label file names 2", id="too many labels"),
        pytest.param(".txt", "\n", "has no labels in safetycone.txt", id="empty label file"),
        pytest.param(".yml", "family: [", "has a sidecar safetycone.yml that cannot be used", id="sidecar not YAML"),
        pytest.param(".yml", "famly: fcos", "has a sidecar safetycone.yml that cannot be used", id="misspelt key"),
        pytest.param(".yml", "family: yolo9000", "unknown family: choose one of ssd,", id="unknown family"),
        pytest.param(".yml", "family: ssd", "is not of the family ssd", id="another family"),
        pytest.param(".yml", "family: fcos\nstrides: [4]", "correct the family or the strides", id="other strides"),
        pytest.param(".yml", None, "is no detector of a known family", id="no sidecar"),
    ],
)
def test_refuses_what_lies_beside(copied: Path, suffix: str, content: str | None, what: str) -> None:
    """Labels or a sidecar that do not fit are refused in the model's name, with what to correct."""
    if content is None:
        copied.with_suffix(suffix).unlink()
    else:
        copied.with_suffix(suffix).write_text(content, "utf-8")
    sentence = refusal(copied)
    assert sentence.startswith("safetycone.tflite ")
    assert what in sentence
    assert ": " in sentence


def test_refuses_what_cannot_be_read(copied: Path) -> None:
    """A file that the service may not read, or a folder of that name, is refused as such."""
    copied.unlink()
    copied.mkdir()
    assert "safetycone.tflite, or what lies beside it, cannot be read" in refusal(copied)


def test_damaged_files_end_in_a_refusal(copied: Path) -> None:
    """Flipped bits and truncations give a refusal or a model, never another exception and never a crash."""
    child = [sys.executable, "-m", "tests.unit.damage", str(copied), "30"]
    ended = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    outcomes = json.loads(ended.stdout)
    assert outcomes["refused"] + outcomes["loaded"] == 30
    assert outcomes["refused"] > 0
    assert outcomes["loaded"] > 0


def test_the_undamaged_copy_serves(copied: Path, bundled: Path) -> None:
    """The files that these tests spoil are sound to begin with."""
    shutil.copy(bundled / "safetycone.tflite", copied)
    assert Model.load(copied, LITERT, interpreters=1).labels == ("safetycone",)
