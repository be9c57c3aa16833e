"""Opened SSD files find more than ten objects, and docs/running-models.md shows it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from tests.support import crowd
from tests.support.figures import coarse
from tests.support.server import PATIENCE, Server, Start


@pytest.fixture
def server(assets: Path, start: Start, tmp_path: Path) -> Server:
    """A service with a classic COCO detector, as exported and opened."""
    folder = tmp_path / "models"
    folder.mkdir()
    crowd.bring(assets, folder)
    return start(DETECTOR_MODELS=str(folder)).wait_until_ready()


def found(server: Server, model: str, **options: Any) -> int:
    """The number of stop signs that a model finds."""
    answer = requests.post(
        f"{server.url}/predict/image",
        crowd.photo(),
        params={"model": model, "type": "stop sign", **options},
        headers={"Content-Type": "image/png"},
        timeout=PATIENCE,
    )
    return len(answer.json()["normalizedVertices"])


def test_callers_choose(server: Server) -> None:
    """As exported, the file lists at most ten signs; opened, all eighteen, or as few as requested."""
    assert found(server, "exported", maxResults=300) == 10
    assert found(server, "opened", maxResults=300) == crowd.ROWS * crowd.COLUMNS
    assert found(server, "opened", maxResults=7) == 7
    assert found(server, "opened", maxResults=300, nms_iou=1) > found(server, "exported", maxResults=300, nms_iou=1)


def test_the_figure_is_up_to_date(server: Server, tmp_path: Path) -> None:
    """It equals the result of `python -m tests.support.crowd`, which renews it."""
    crowd.take(server, tmp_path / "opened.jpg")
    shown = coarse(crowd.FIGURE)
    taken = coarse(tmp_path / "opened.jpg", size=shown.shape[1::-1])
    assert np.abs(shown - taken).mean() < 2
