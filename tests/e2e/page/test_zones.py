"""Zones are drawn on the photo, with or without a mouse."""

from playwright.sync_api import expect

from tests.support.page import FrontPage
from tests.support.swagger_ui import CHROMIUM
from tests.support.tools import needs

pytestmark = needs(CHROMIUM, "Chromium")


def test_zones_are_drawn(front: FrontPage) -> None:
    """A zone is drawn on the photo, corner by corner, renamed, moved by its corners, and removed."""
    front.show_options()
    front.take_example()
    front.page.locator("#option-only_zones").check()
    stage = front.page.locator("#canvas").bounding_box()
    assert stage
    scale = min(stage["width"] / 480, stage["height"] / 320)
    left, top = (stage["width"] - 480 * scale) / 2, (stage["height"] - 320 * scale) / 2
    front.page.get_by_role("button", name="Draw a zone").click()
    for x, y in [(0.36, 0.5), (0.41, 0.5), (0.41, 0.8), (0.36, 0.8), (0.36, 0.5)]:  # the last closes it
        position = {"x": left + x * 480 * scale, "y": top + y * 320 * scale}
        front.page.locator("#canvas").click(position=position)  # type: ignore[arg-type]  # playwright's own dictionary
    expect(front.page.locator("#found li")).to_have_count(1)
    front.page.get_by_label("Name of the zone").fill("lane;1")
    front.page.get_by_label("Name of the zone").press("Enter")
    expect(front.page.locator("#panel code")).to_contain_text('--form-string \'zones={"name":"lane;1"')
    front.page.locator("#found button").first.focus()
    expect(front.page.locator("#numbers")).to_contain_text("in lane;1")
    front.page.get_by_label("Corners of").fill("0,0 0.1,0 0.1,0.1")
    front.page.get_by_label("Corners of").press("Enter")
    expect(front.page.locator("#nothing")).to_have_text("Nothing was found.")
    front.page.get_by_label("Corners of").fill("0,0 2,2 1,0")
    front.page.get_by_label("Corners of").press("Enter")
    assert "from 0 to 1" in front.page.get_by_label("Corners of").evaluate("input => input.validationMessage")
    front.page.get_by_label("Boxes in").select_option("overlap")
    expect(front.page.locator("#panel code")).to_contain_text('"inside":"overlap"')
    front.page.get_by_role("button", name="Remove").click()
    expect(front.page.locator("#panel code")).not_to_contain_text("'zones=")


def test_a_zone_needs_no_mouse(front: FrontPage) -> None:
    """Enter alone makes a zone of the whole photo, whose corners can be typed; Escape makes none."""
    front.show_options()
    front.take_example()
    for key, zones in (("Escape", 0), ("Enter", 1)):
        front.page.get_by_role("button", name="Draw a zone").press("Enter")
        front.page.keyboard.press(key)
        expect(front.page.get_by_label("Corners of")).to_have_count(zones)
    expect(front.page.get_by_label("Corners of")).to_have_value("0,0 1,0 1,1 0,1")
    expect(front.page.locator("#found li")).to_have_count(4)
