"""The accuracy of models through the whole service, on labelled photos, by an independent scorer."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import Server, Start


@pytest.fixture
def scorer(assets: Path) -> Path:
    """The program beside the public test data that scores a running service."""
    program = assets.parent / "tools" / "ap50.py"
    if not program.is_file():
        pytest.skip(f"the scorer is not at {program}")
    return program


def ap50(scorer: Path, server: Server, data: Path, names: Path) -> float:
    """Mean average precision at IoU 0.5 of a service's default model on a folder of labelled photos."""
    options: list[str | Path] = ["--url", f"{server.url}/predict/image", "--data", data, "--names", names]
    command = [sys.executable, scorer, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stderr}\n{server.log}"
    score: float = json.loads(done.stdout)["ap50"]
    return score


def test_coco(scorer: Path, assets: Path, start: Start, tmp_path: Path) -> None:
    """The classic COCO detector, opened, reaches the accuracy of an independent decoder: AP50 0.384."""
    shutil.copy(assets / "models" / "ssd_mobilenet_v1_coco.tflite", tmp_path / "coco.tflite")
    shutil.copy(assets / "labels" / "coco_90_with_placeholder.txt", tmp_path / "coco.txt")
    server = start(DETECTOR_MODELS=str(tmp_path)).wait_until_ready()
    score = ap50(scorer, server, assets / "coco", assets / "labels" / "coco_80.txt")
    assert score == pytest.approx(0.384, abs=0.02)


def test_one_scale(scorer: Path, assets: Path, start: Start, tmp_path: Path) -> None:
    """A YOLO11 whose kernels have one scale for many channels, repaired, reaches the AP50 of its weights: 0.629."""
    shutil.copy(assets / "unserved" / "yolo11n_int8_640_one_scale.tflite", tmp_path)
    server = start(DETECTOR_MODELS=str(tmp_path)).wait_until_ready()
    score = ap50(scorer, server, assets / "coco", assets / "labels" / "coco_80.txt")
    assert score == pytest.approx(0.629, abs=0.02)


def test_cones(scorer: Path, assets: Path, server: Server) -> None:
    """The bundled detector finds the cones of photos that it was not trained on: AP50 at least 0.80."""
    assert ap50(scorer, server, assets / "cones" / "val", assets / "labels" / "safetycone.txt") >= 0.80
