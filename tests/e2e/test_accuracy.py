"""The accuracy of models through the whole service, on labelled photos, by an independent scorer."""

import shutil
from pathlib import Path

import pytest

from tests.support.scoring import Found, ap50, average_precision
from tests.support.server import Server, Start

HERE, THERE, ELSEWHERE = (0.0, 0.0, 0.5, 0.5), (0.5, 0.5, 1.0, 1.0), (0.6, 0.0, 0.9, 0.3)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param([], 0.0, id="nothing"),
        pytest.param([Found("a", 0.9, HERE), Found("a", 0.8, THERE)], 1.0, id="everything"),
        pytest.param([Found("a", 0.9, HERE), Found("a", 0.8, HERE)], 51 / 101, id="one of two, twice"),
        pytest.param([Found("a", 0.9, ELSEWHERE), Found("a", 0.8, HERE)], 0.5 * 51 / 101, id="a false one first"),
        pytest.param([Found("b", 0.9, HERE)], 0.0, id="in another photo"),
    ],
)
def test_the_scorer(found: list[Found], expected: float) -> None:
    """Precision is averaged over recalls, and each box counts once, in its own photo."""
    assert average_precision(found, {"a": [HERE, THERE]}) == pytest.approx(expected)


def labels(assets: Path, name: str) -> list[str]:
    """The labels of a file."""
    return (assets / "labels" / name).read_text("utf-8").splitlines()


def test_coco(assets: Path, start: Start, tmp_path: Path) -> None:
    """The classic COCO detector, opened, reaches the accuracy of an independent decoder: AP50 0.384."""
    shutil.copy(assets / "models" / "ssd_mobilenet_v1_coco.tflite", tmp_path / "coco.tflite")
    shutil.copy(assets / "labels" / "coco_90_with_placeholder.txt", tmp_path / "coco.txt")
    server = start(DETECTOR_MODELS=str(tmp_path)).wait_until_ready()
    assert ap50(server, assets / "coco", labels(assets, "coco_80.txt")) == pytest.approx(0.384, abs=0.02)


def test_one_scale(assets: Path, start: Start, tmp_path: Path) -> None:
    """A YOLO11 whose kernels have one scale for many channels, repaired, reaches the AP50 of its weights: 0.629."""
    shutil.copy(assets / "unserved" / "yolo11n_int8_640_one_scale.tflite", tmp_path)
    server = start(DETECTOR_MODELS=str(tmp_path)).wait_until_ready()
    assert ap50(server, assets / "coco", labels(assets, "coco_80.txt")) == pytest.approx(0.629, abs=0.02)


def test_cones(assets: Path, server: Server) -> None:
    """The bundled detector finds the cones of photos that it was not trained on: AP50 at least 0.80."""
    assert ap50(server, assets / "cones" / "val", labels(assets, "safetycone.txt")) >= 0.80
