"""The README's pictures show what the service does today."""

from pathlib import Path

import numpy as np
import pytest

from tests.support import picture
from tests.support.server import Server
from tests.support.swagger_ui import CHROMIUM


def test_annotated_is_up_to_date(server: Server, tmp_path: Path) -> None:
    """The annotated example equals a new one; else `python -m tests.support.picture` renews it."""
    picture.annotated(server, tmp_path)
    shown = picture.coarse(picture.FOLDER / picture.ANNOTATED)
    taken = picture.coarse(tmp_path / picture.ANNOTATED, size=shown.shape[1::-1])
    assert np.abs(shown - taken).mean() < 1


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
def test_screen_is_up_to_date(server: Server, tmp_path: Path) -> None:
    """Swagger UI shows the response in the screenshot; else `python -m tests.support.picture` renews it."""
    picture.screen(server, tmp_path)
    assert picture.description(tmp_path / picture.SCREEN) == picture.description(picture.FOLDER / picture.SCREEN)


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
def test_page_is_up_to_date(server: Server, tmp_path: Path) -> None:
    """The page shows the README's first screenshot; else `python -m tests.support.picture` renews it."""
    picture.page(server, tmp_path)
    assert picture.description(tmp_path / picture.PAGE) == picture.description(picture.FOLDER / picture.PAGE)
