"""A browser, and services that Swagger UI shows."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.server import ROOT, Server
from tests.support.swagger_ui import HOST, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests, in which HOST is this machine."""
    with chromium(f"{HOST} 127.0.0.1") as browser:
        yield browser


@pytest.fixture(scope="module", params=["another", "several"])
def other(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with a model other than the bundled one, or with several public ones."""
    folder: Path = tmp_path_factory.mktemp("models")
    if request.param == "another":
        for kind in ("tflite", "yml"):
            shutil.copy(ROOT / "models" / f"safetycone.{kind}", folder / f"road.{kind}")
        (folder / "road.txt").write_text("pylon", "utf-8")
    else:
        assets: Path = request.getfixturevalue("assets")
        for model, labels in (("ssd_mobilenet_v1_coco", "coco_90_with_placeholder"), ("yolov8n_int8_224", "coco_80")):
            shutil.copy(assets / "models" / f"{model}.tflite", folder)
            shutil.copy(assets / "labels" / f"{labels}.txt", folder / f"{model}.txt")
    server = Server(folder / "log", DETECTOR_MODELS=str(folder), DETECTOR_COMPATIBILITY="1").wait_until_ready()
    yield server
    server.stop()
