"""A browser with a camera, and the page of a service with the bundled model."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.support.page import PHOTO, FrontPage, chromium
from tests.support.server import Server


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for all tests, with a camera that shows the example photo."""
    film: Path = tmp_path_factory.mktemp("camera") / "film.mjpeg"
    frame = io.BytesIO()
    with Image.open(PHOTO) as image:
        image.save(frame, "JPEG", quality=90)  # not progressive, as cameras send it
    film.write_bytes(frame.getvalue() * 10)
    with chromium(f"--use-file-for-fake-video-capture={film}") as browser:
        yield browser


@pytest.fixture
def front(browser: Browser, server: Server) -> Iterator[FrontPage]:
    """The page of a service with the bundled model."""
    front = FrontPage(browser, server.url)
    yield front
    front.close()
