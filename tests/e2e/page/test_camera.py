"""The camera's frames are detected, one at a time."""

import re

from playwright.sync_api import Request, expect

from tests.support.page import FrontPage
from tests.support.swagger_ui import CHROMIUM
from tests.support.tools import needs

pytestmark = needs(CHROMIUM, "Chromium")


def test_camera_sends_one_frame_at_a_time(front: FrontPage) -> None:
    """No frames pile up behind a slow response, the rate is shown, and stop means stop."""
    at_once, most = 0, 0

    def count(request: Request, step: int) -> None:
        nonlocal at_once, most
        at_once += step if "/predict/" in request.url else 0
        most = max(most, at_once)

    front.page.on("request", lambda request: count(request, 1))
    front.page.on("requestfinished", lambda request: count(request, -1))
    front.page.on("requestfailed", lambda request: count(request, -1))
    front.page.get_by_role("button", name="Camera").click()
    expect(front.page.locator("#status")).to_contain_text(re.compile(r"[1-9]\d*\.\d frames/s · \d+ ms"))
    expect(front.page.locator("#found .name").first).to_have_text("safetycone")
    network = front.context.new_cdp_session(front.page)
    slow = {"offline": False, "latency": 200, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", slow)
    front.page.wait_for_timeout(1500)
    assert most == 1
    front.page.get_by_role("button", name="Stop camera").click()
    front.page.wait_for_timeout(300)
    asked = front.asked
    front.page.wait_for_timeout(700)
    assert front.asked == asked
    expect(front.page.get_by_role("button", name="Camera")).to_have_attribute("aria-pressed", "false")
    assert front.page.evaluate("video.srcObject") is None
