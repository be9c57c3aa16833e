"""The README's pictures show what the service does today."""

from pathlib import Path

import numpy as np
import pytest

from tests.support import figures
from tests.support.server import Server
from tests.support.swagger_ui import CHROMIUM


def test_annotated_is_up_to_date(server: Server, tmp_path: Path) -> None:
    """The annotated example equals a new one; else `python -m tests.support.figures` renews it."""
    figures.annotated(server, tmp_path)
    shown = figures.coarse(figures.FOLDER / figures.ANNOTATED)
    taken = figures.coarse(tmp_path / figures.ANNOTATED, size=shown.shape[1::-1])
    assert np.abs(shown - taken).mean() < 1


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
def test_screen_is_up_to_date(server: Server, tmp_path: Path) -> None:
    """Swagger UI shows the response in the screenshot; else `python -m tests.support.figures` renews it."""
    figures.screen(server, tmp_path)
    assert figures.description(tmp_path / figures.SCREEN) == figures.description(figures.FOLDER / figures.SCREEN)


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
def test_page_is_up_to_date(server: Server, tmp_path: Path) -> None:
    """The page shows the README's first screenshot; else `python -m tests.support.figures` renews it."""
    figures.page(server, tmp_path)
    assert figures.description(tmp_path / figures.PAGE) == figures.description(figures.FOLDER / figures.PAGE)
