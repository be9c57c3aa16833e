"""Each option of the contract has a control, and the page's address holds them."""

import json
import re

import requests
from playwright.sync_api import Browser, expect

from tests.support.page import CONES, PHOTO, FrontPage
from tests.support.server import PATIENCE, Server
from tests.support.swagger_ui import CHROMIUM
from tests.support.tools import needs

pytestmark = needs(CHROMIUM, "Chromium")


def test_score_slider_filters_at_once(front: FrontPage) -> None:
    """A higher score hides boxes without a request; a lower one than was requested sends a new request."""
    front.take_example()
    asked = front.asked
    front.set_slider("score_th", 0.75)
    assert front.found == CONES[:3]
    front.set_slider("score_th", 0.3)
    assert front.found == CONES
    front.page.wait_for_timeout(300)
    assert front.asked == asked
    with front.page.expect_response(lambda answer: "/predict/" in answer.url):
        front.set_slider("score_th", 0.01)
    expect(front.page.locator("#panel code")).to_contain_text("score_th=0.01")


def test_filtered_equals_a_new_response(front: FrontPage, server: Server) -> None:
    """The boxes that the slider leaves are the service's for that score."""
    front.page.goto(f"{server.url}/#score_th=0.01")
    front.page.reload()
    front.take_example()
    for score in (0.02, 0.1, 0.5, 0.8):
        front.set_slider("score_th", score)
        answer = requests.post(
            f"{server.url}/predict/upload",
            files={"file": PHOTO.read_bytes()},
            data={"score_th": str(score)},
            timeout=PATIENCE,
        ).json()
        assert front.found == [f"{box['name']} {box['score']:.2f}" for box in answer["normalizedVertices"]]


def test_has_a_control_for_every_option(front: FrontPage) -> None:
    """Each option of the contract has a control, which shows the model's default and is sent once set."""
    front.show_options()
    form = json.loads(front.page.evaluate("async () => (await fetch('page/options.json')).text()"))
    values = {"number": 0.5, "integer": 3, "boolean": True}
    expect(front.page.locator("#option-score_th")).to_have_value("0.3")
    expect(front.page.locator("#option-maxResults")).to_have_value("20")
    front.take_example()
    for option in form["options"]:
        control = front.page.locator(f"#option-{option['name']}")
        if option["name"] == "zones":
            control.press("Enter")
            front.page.keyboard.press("Enter")
        elif control.evaluate("input => input.tagName") == "SELECT":
            control.select_option(index=1)
        elif option.get("type") == "boolean":
            control.check()
        elif control.get_attribute("type") == "range":
            front.set_slider(option["name"], 0.1)
        else:
            control.fill(str(values.get(option.get("type", ""), "")))
        expect(front.page.locator("#panel code")).to_contain_text(re.compile(f"--form '?{option['name']}="))
        front.page.get_by_role("button", name="Defaults").click()


def test_labels_are_chosen(front: FrontPage) -> None:
    """Labels are added to a list and removed from it, and each may have a score of its own."""
    front.show_options()
    front.take_example()
    front.page.locator("#option-except").select_option("safetycone")
    expect(front.page.locator("#problem")).to_contain_text("must leave a label")
    front.page.get_by_role("button", name="Remove safetycone").click()
    expect(front.page.locator("#found li")).to_have_count(4)
    front.page.locator("#option-thresholds").select_option("safetycone")
    front.page.get_by_label("Score of safetycone").fill("0.81")
    expect(front.page.locator("#found li")).to_have_count(3)
    assert "thresholds=safetycone:0.81" in front.page.locator("#panel code").inner_text()
    front.set_slider("score_th", 0.9)
    assert len(front.found) == 3


def test_link_restores_the_options(front: FrontPage, browser: Browser) -> None:
    """The address holds the options, and no photo."""
    front.show_options()
    front.set_slider("score_th", 0.82)
    front.page.locator("#option-units").select_option("pixel")
    address = front.page.url
    assert address.endswith("#score_th=0.82&units=pixel")
    other = FrontPage(browser, address)
    other.take_example()
    assert other.found == CONES[:1]
    curl = other.page.locator("#panel code").inner_text()
    assert "--form score_th=0.82" in curl
    assert "--form units=pixel" in curl
    other.close()
