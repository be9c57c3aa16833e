"""Tokens in Swagger UI."""

from playwright.sync_api import Browser

from tests.support.server import ROOT, Start
from tests.support.swagger_ui import CHROMIUM, open_docs
from tests.support.tools import needs

pytestmark = needs(CHROMIUM, "Chromium: apt-get install chromium")

PHOTO = ROOT / "models" / "example.jpg"


def test_authorize(browser: Browser, start: Start) -> None:
    """The dialog Authorize turns a 401 into a 200."""
    ui = open_docs(browser, start(DETECTOR_TOKENS="open-sesame").wait_until_ready())
    block = ui.open("models", "listModels")
    assert ui.execute(block, PHOTO) == 401
    assert "Send a valid token in the header X-Api-Token." in ui.shown_body(block)
    ui.authorize("open-sesame")
    assert ui.execute(block, PHOTO) == 200
    block = ui.open("detection", "annotate")
    assert ui.execute(block, PHOTO) == 200
    assert ui.shown_photo(block) == (480, 320)
    ui.page.close()


def test_token_outlives_a_reload(browser: Browser, start: Start) -> None:
    """A token still counts after a reload."""
    ui = open_docs(browser, start(DETECTOR_TOKENS="open-sesame").wait_until_ready())
    ui.authorize("open-sesame")
    ui.page.reload()
    assert ui.execute(ui.open("models", "listModels"), PHOTO) == 200
    ui.page.close()
