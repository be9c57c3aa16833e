"""A newcomer's first clicks in Swagger UI work."""

import json

import pytest
from playwright.sync_api import Browser, expect

from tests.support.server import ROOT, Server
from tests.support.swagger_ui import CHROMIUM, HOST, OPERATIONS, open_docs
from tests.support.tools import needs

pytestmark = needs(CHROMIUM, "Chromium: apt-get install chromium")

PHOTO = ROOT / "models" / "example.jpg"


def check_execute(browser: Browser, server: Server, tag: str, operation: str) -> None:
    """Presses Execute with the prefilled values, and with a file if one is required."""
    ui = open_docs(browser, server)
    status = ui.execute(ui.open(tag, operation), PHOTO)
    assert 200 <= status < 300
    assert not ui.complaints
    assert {address.split("/")[2].split(":")[0] for address in ui.addresses} == {HOST}
    ui.page.close()


@pytest.mark.parametrize(("tag", "operation"), OPERATIONS)
def test_execute(browser: Browser, complete: Server, tag: str, operation: str) -> None:
    """Execute succeeds with the prefilled values, and contacts no other host."""
    check_execute(browser, complete, tag, operation)


@pytest.mark.parametrize(("tag", "operation"), OPERATIONS)
def test_execute_with_other_models(browser: Browser, other: Server, tag: str, operation: str) -> None:
    """Execute succeeds with any models."""
    check_execute(browser, other, tag, operation)


def test_asks_for_a_file(browser: Browser, server: Server) -> None:
    """Execute without a file names the missing file and sends nothing; the example photo is a click away."""
    for operation in ("predictUpload", "predictImage", "annotate"):
        ui = open_docs(browser, server)
        block = ui.open("detection", operation)
        block.locator("button.execute").click()
        expect(block.get_by_role("alert")).to_contain_text("Choose a file first.")
        assert block.locator(".live-responses-table").count() == 0
        block.get_by_role("button", name="Use the example photo").click()
        expect(block.get_by_role("alert")).to_have_count(0)
        with ui.page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            block.locator("button.execute").click()
        assert answered.value.status == 200
        assert not ui.complaints
        ui.page.close()


def test_predict_finds_cones(browser: Browser, server: Server) -> None:
    """The first Execute of `predict` shows a cone."""
    ui = open_docs(browser, server)
    block = ui.open("detection", "predict")
    assert ui.execute(block, PHOTO) == 200
    assert '"name": "safetycone"' in ui.shown_body(block)
    ui.page.close()


def test_annotate_shows_the_photo(browser: Browser, server: Server) -> None:
    """Execute of `annotate` shows the annotated photo in the page, in its own size."""
    ui = open_docs(browser, server)
    block = ui.open("detection", "annotate")
    assert ui.execute(block, PHOTO) == 200
    assert ui.shown_photo(block) == (480, 320)
    ui.page.close()


def test_shows_problems(browser: Browser, server: Server) -> None:
    """A mistake is answered with a sentence that says what to do, shown in place of the response."""
    ui = open_docs(browser, server)
    block = ui.open("detection", "annotate")
    assert ui.execute(block, ROOT / "README.md") == 422
    assert "These bytes are not a readable photo: send a whole JPEG" in ui.shown_body(block)
    block = ui.open("detection", "predict")
    block.locator("textarea").fill('{"image": "aaaa", "score_th": 2}')
    assert ui.execute(block, PHOTO) == 400
    assert "#/score_th must be at most 1" in ui.shown_body(block)
    assert not ui.complaints
    ui.page.close()


def test_lists_and_zones(browser: Browser, server: Server) -> None:
    """Items of lists are typed one by one; a zone that is added is filled in, and is sent as JSON."""
    ui = open_docs(browser, server)
    for operation, rows in (("predictUpload", "data-property-name"), ("predictImage", "data-param-name")):
        block = ui.open("detection", operation)
        for name, text in (("types", "safetycone"), ("thresholds", "safetycone:0.83")):
            row = block.locator(f"tr[{rows}={name}]")
            row.get_by_role("button", name="Add string item").click()
            item = row.locator("input").first
            item.fill(text)
            item.blur()  # Swagger UI takes a text over after a pause, or when its field is left
            expect(item).to_have_value(text)
        if operation == "predictUpload":
            block.locator(f"tr[{rows}=zones]").get_by_role("button", name="Add").click()
        assert ui.execute(block, PHOTO) == 200
        shown = ui.shown_body(block)
        [found] = json.loads(shown[shown.index("{") :])["normalizedVertices"]
        assert ("zones" in found) == (operation == "predictUpload")
    assert not ui.complaints
    ui.page.close()


@pytest.mark.parametrize("operation", ["predict", "predictUpload", "predictImage", "detectBatch"])
def test_fits_a_phone(browser: Browser, server: Server, operation: str) -> None:
    """On a phone the page is as wide as the screen, and Execute succeeds."""
    ui = open_docs(browser, server)
    ui.page.set_viewport_size({"width": 390, "height": 844})
    assert ui.execute(ui.open("detection", operation), PHOTO) == 200
    assert ui.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not ui.complaints
    ui.page.close()
