"""docs/proxies.md: the service behind nginx, under a prefix that it does not know."""

import concurrent.futures
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.support.nginx import NGINX, nginx
from tests.support.server import PATIENCE, ROOT, Server, Start
from tests.support.swagger_ui import CHROMIUM, SwaggerUI, chromium
from tests.support.tools import needs

pytestmark = needs(NGINX, "nginx")
in_browser = needs(CHROMIUM, "Chromium")

PHOTO = ROOT / "models" / "example.jpg"
JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture(scope="module")
def vision(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service behind nginx."""
    with nginx(server, tmp_path_factory.mktemp("nginx")) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests."""
    with chromium("specsight.example 127.0.0.1") as browser:
        yield browser


def test_photos_pass(vision: str, photo: bytes) -> None:
    """A photo is answered, and one of 30 MB reaches the service, which refuses it in its own words."""
    answer = requests.post(f"{vision}predict/image", photo, headers=JPEG, timeout=PATIENCE)
    assert answer.json()["normalizedVertices"]
    answer = requests.post(f"{vision}predict/image", b"\xff" * 30_000_000, headers=JPEG, timeout=PATIENCE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("path", ["docs", "docs/reference/", "predict/upload/", "/predict/upload", "/docs"])
def test_nothing_leads_out_of_the_prefix(vision: str, path: str) -> None:
    """Every redirect stays below the prefix."""
    for ask in (requests.get, requests.post):
        answer = ask(f"{vision}{path}", timeout=PATIENCE, allow_redirects=True)
        assert answer.url.startswith(vision)
        assert answer.status_code < 500


@in_browser
@pytest.mark.parametrize("operation", ["predict", "predictUpload", "predictImage", "annotate", "detectBatch"])
def test_execute(browser: Browser, vision: str, operation: str) -> None:
    """Swagger UI loads the contract, and Execute reaches the service, below the prefix."""
    ui = SwaggerUI(browser, vision.rstrip("/"))
    assert ui.execute(ui.open("detection", operation), PHOTO) == 200
    assert all(address.startswith((vision, "blob:", "data:")) for address in ui.addresses)
    assert not ui.complaints
    ui.page.close()


@in_browser
def test_pages_link_to_each_other(browser: Browser, vision: str) -> None:
    """Each page links to the others below the prefix."""
    ui = SwaggerUI(browser, vision.rstrip("/"))
    ui.page.get_by_role("link", name="Reference").click()
    expect(ui.page).to_have_url(f"{vision}docs/reference")
    expect(ui.page.locator("#reference h2").first).to_be_visible()
    ui.page.get_by_role("link", name="Home").click()
    expect(ui.page).to_have_url(vision)
    ui.page.close()


def test_idle_connections_are_not_reset(start: Start, tmp_path: Path, photo: bytes) -> None:
    """Requests that arrive as idle connections to the service are about to close are all answered."""
    server = start(KEEP_ALIVE_SECONDS="5").wait_until_ready()

    def ask(number: int) -> int:
        statuses = set()
        for _ in range(2):
            statuses.add(requests.post(f"{url}predict/image", photo, headers=JPEG, timeout=PATIENCE).status_code)
            time.sleep(3.9 + number / 12)
        return statuses.pop() if len(statuses) == 1 else 0

    with nginx(server, tmp_path, reuses_connections=True) as url, concurrent.futures.ThreadPoolExecutor(12) as callers:
        assert set(callers.map(ask, range(24))) == {200}
