"""The pages of Swagger UI and of the reference: their versions, looks and contents."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.support.server import ROOT, Server
from tests.support.swagger_ui import CHROMIUM, HOST, OPERATIONS, open_docs
from tests.support.tools import needs

pytestmark = needs(CHROMIUM, "Chromium: apt-get install chromium")

PHOTO = ROOT / "models" / "example.jpg"


def test_is_version_5(browser: Browser, server: Server) -> None:
    """The page has its own title, a current Swagger UI, and no bar to explore other contracts."""
    ui = open_docs(browser, server)
    expect(ui.page).to_have_title("specsight · try the API")
    ui.page.locator("#operations-detection-predict").wait_for()
    assert ui.page.evaluate("versions.swaggerUI.version").startswith("5.")
    assert ui.page.get_by_text("Explore").count() == 0
    ui.page.close()


@pytest.fixture(scope="module")
def without_version_5(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service in whose environment flask-swagger-ui is not installed."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['flask_swagger_ui'] = None\n", "utf-8")
    server = Server(folder / "log", PYTHONPATH=str(folder)).wait_until_ready()
    yield server
    server.stop()


def test_falls_back_to_version_4(browser: Browser, without_version_5: Server) -> None:
    """Without flask-swagger-ui, Swagger UI is the version that connexion brings along, and Execute succeeds."""
    for tag, operation in (("detection", "predict"), ("detection", "predictUpload"), ("models", "listModels")):
        ui = open_docs(browser, without_version_5)
        block = ui.open(tag, operation)
        assert ui.page.evaluate("versions.swaggerUi.version").startswith("4.")
        assert ui.execute(block, PHOTO) == 200
        assert not ui.complaints
        ui.page.close()


def test_schemas_show_types(browser: Browser, server: Server) -> None:
    """The schema of a response shows the types of a detection's numbers without a further click."""
    ui = open_docs(browser, server)
    block = ui.open("detection", "predict")
    block.locator(".responses-table").last.get_by_role("tab", name="Schema").first.click()
    expect(block.locator(".responses-table .model").first).to_contain_text(
        re.compile(r"score\*.*?number\(\$double\)", re.DOTALL)
    )
    ui.page.close()


def test_shows_no_operation_that_is_off(browser: Browser, server: Server) -> None:
    """Operations that are switched off are not in the page."""
    ui = open_docs(browser, server)
    ui.page.locator("#operations-detection-predict").wait_for()
    assert ui.page.locator("#operations-tag-models").count() == 1
    assert ui.page.locator("#operations-tag-compatibility").count() == 0
    ui.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["docs/", "docs/reference"])
def test_follows_the_system(browser: Browser, server: Server, path: str, scheme: Literal["light", "dark"]) -> None:
    """Pages are dark or light as the system is, and fit on a phone."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{server.url.replace('127.0.0.1', HOST)}/{path}")
    expect(page.locator("#operations-detection-predict, #reference h2").first).to_be_visible()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", ground)[0])
    assert (red < 128) == (scheme == "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not complaints
    page.close()


def test_reference_shows_every_operation(browser: Browser, server: Server) -> None:
    """The reviewers' page is linked to and has each operation, without a request to another host."""
    ui = open_docs(browser, server)
    ui.page.get_by_role("link", name="Reference").click()
    for tag, operation in OPERATIONS:
        served = tag != "compatibility"
        expect(ui.page.locator(f"[id='operation/{operation}']")).to_have_count(1 if served else 0)
    assert {address.split("/")[2].split(":")[0] for address in ui.addresses if not address.startswith("blob:")} == {
        HOST
    }
    assert not ui.complaints
    ui.page.close()
