"""Everybody can use the page: by keyboard, with a screen reader, on a phone, in any script."""

import shutil
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.support.page import FrontPage
from tests.support.server import ROOT, Server, Start
from tests.support.swagger_ui import CHROMIUM
from tests.support.tools import needs

pytestmark = needs(CHROMIUM, "Chromium")


def test_keyboard(front: FrontPage) -> None:
    """Without a mouse, + and - zoom and arrows change tabs."""
    front.take_example()
    front.page.locator("#canvas").focus()
    before = front.page.evaluate("canvas.toDataURL()")
    front.page.keyboard.press("+")
    assert front.page.evaluate("canvas.toDataURL()") != before
    front.page.keyboard.press("0")
    assert front.page.evaluate("canvas.toDataURL()") == before
    front.page.get_by_role("tab", name="curl").focus()
    front.page.keyboard.press("ArrowRight")
    expect(front.page.get_by_role("tab", name="Python", exact=True)).to_be_focused()
    expect(front.page.locator("#panel code")).to_contain_text("import requests")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 860), (390, 844)])
def test_is_accessible(
    browser: Browser, server: Server, scheme: Literal["light", "dark"], width: int, height: int
) -> None:
    """Axe reports nothing, before and after a photo; nobody has to scroll sideways."""
    front = FrontPage(browser, server.url, width=width, height=height, scheme=scheme)
    front.show_options()
    assert not Axe().run(front.page).response["violations"]
    front.take_example()
    front.page.get_by_role("button", name="Why is something missing?").click()
    expect(front.page.get_by_role("table")).to_be_visible()
    for name in ("curl", "Answer"):
        front.page.get_by_role("tab", name=name).click()
        assert not Axe().run(front.page).response["violations"]
    assert front.page.evaluate("document.documentElement.scrollWidth") <= width
    front.close()


def test_labels_from_right_to_left(browser: Browser, start: Start, tmp_path: Path) -> None:
    """A label in Hebrew is shown unchanged, with its score after it."""
    for kind in ("tflite", "yml"):
        shutil.copy(ROOT / "models" / f"safetycone.{kind}", tmp_path / f"road.{kind}")
    (tmp_path / "road.txt").write_text("קונוס בטיחות", "utf-8")
    front = FrontPage(browser, start(DETECTOR_MODELS=str(tmp_path)).wait_until_ready().url)
    front.take_example()
    assert front.found[0] == "קונוס בטיחות 0.84"
    name = front.page.locator("#found .name").first
    assert name.evaluate("element => getComputedStyle(element).direction") == "rtl"
    front.close()
