"""What a newcomer tries in a browser works at the first click."""

from collections.abc import Iterator

import pytest
import yaml
from playwright.sync_api import Browser

from tests.support.server import ROOT, Server, Start
from tests.support.swagger_ui import CHROMIUM, SwaggerUI, chromium

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")

PHOTO = ROOT / "models" / "example.jpg"
CONTRACT = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))
OPERATIONS = [
    (operation["tags"][0], operation["operationId"])
    for path in CONTRACT["paths"].values()
    for operation in path.values()
    if "operationId" in operation
]
# A name, since Swagger UI does less on a local address: it would have other sites validate the contract.
HOST = "specsight.example"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests, in which HOST is this machine."""
    with chromium(f"{HOST} 127.0.0.1") as browser:
        yield browser


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with all operations of the contract."""
    server = Server(tmp_path_factory.mktemp("complete") / "log", DETECTOR_COMPATIBILITY="1").wait_until_ready()
    yield server
    server.stop()


def without_postprocess(browser: Browser, server: Server) -> SwaggerUI:
    """Swagger UI of a server."""
    return SwaggerUI(browser, server.url.replace("127.0.0.1", HOST))


@pytest.mark.parametrize(("tag", "operation"), OPERATIONS)
def test_execute(browser: Browser, complete: Server, tag: str, operation: str) -> None:
    """Execute succeeds with what is prefilled and a file where one is asked for; no other host hears of it."""
    ui = without_postprocess(browser, complete)
    status = ui.execute(ui.open(tag, operation), PHOTO)
    assert 200 <= status < 300
    assert not ui.complaints
    assert {address.split("/")[2].split(":")[0] for address in ui.addresses} == {HOST}
    ui.page.close()


def test_shows_no_operation_that_is_off(browser: Browser, server: Server) -> None:
    """What the operator has not switched on is not in the page."""
    ui = without_postprocess(browser, server)
    ui.page.locator("#operations-detection-predict").wait_for()
    assert ui.page.locator("#operations-tag-models").count() == 1
    assert ui.page.locator("#operations-tag-compatibility").count() == 0
    ui.page.close()


def test_predict_finds_cones(browser: Browser, server: Server) -> None:
    """The first Execute of `predict` shows a cone."""
    ui = without_postprocess(browser, server)
    block = ui.open("detection", "predict")
    assert ui.execute(block, PHOTO) == 200
    assert '"name": "safetycone"' in ui.shown_body(block)
    ui.page.close()


def test_annotate_shows_the_picture(browser: Browser, server: Server) -> None:
    """Execute of `annotate` draws the annotated photo in the page, in its own size."""
    ui = without_postprocess(browser, server)
    block = ui.open("detection", "annotate")
    assert ui.execute(block, PHOTO) == 200
    assert ui.shown_picture(block) == (480, 320)
    ui.page.close()


def test_shows_what_is_wrong(browser: Browser, server: Server) -> None:
    """A mistake is answered with a sentence that says what to do, shown where the answer would be."""
    ui = without_postprocess(browser, server)
    block = ui.open("detection", "annotate")
    assert ui.execute(block, ROOT / "README.md") == 422
    assert "These bytes are not a readable picture: send a whole JPEG" in ui.shown_body(block)
    block = ui.open("detection", "predict")
    block.locator("textarea").fill('{"image": "aaaa", "score_th": 2}')
    assert ui.execute(block, PHOTO) == 400
    assert "#/score_th must be at most 1" in ui.shown_body(block)
    assert not ui.complaints
    ui.page.close()


def test_authorize(browser: Browser, start: Start) -> None:
    """The dialog Authorize makes a 401 a 200."""
    ui = without_postprocess(browser, start(DETECTOR_TOKENS="open-sesame").wait_until_ready())
    block = ui.open("models", "listModels")
    assert ui.execute(block, PHOTO) == 401
    assert "Send a valid token in the header X-Api-Token." in ui.shown_body(block)
    ui.authorize("open-sesame")
    assert ui.execute(block, PHOTO) == 200
    block = ui.open("detection", "annotate")
    assert ui.execute(block, PHOTO) == 200
    assert ui.shown_picture(block) == (480, 320)
    ui.page.close()
