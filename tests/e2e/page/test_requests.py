"""The page shows its request, the response, and what went wrong."""

import re
import shutil
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.support.nginx import NGINX, nginx
from tests.support.page import CONES, PHOTO, FrontPage
from tests.support.server import ROOT, Server, Start
from tests.support.swagger_ui import CHROMIUM
from tests.support.tools import needs

pytestmark = needs(CHROMIUM, "Chromium")


def test_explains_why_something_is_missing(front: FrontPage) -> None:
    """The funnel shows the number of candidates per step, down to the detections."""
    front.take_example()
    front.page.get_by_role("button", name="Why is something missing?").click()
    table = front.page.get_by_role("table")
    expect(table).to_be_visible()
    rows = table.locator("tbody tr").all_inner_texts()
    left = [int(row.split()[-1]) for row in rows]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 4


def test_python_snippet_runs(front: FrontPage, tmp_path: Path) -> None:
    """The page's Python snippet runs and finds the same as the page."""
    front.page.goto(f"{front.page.url}#score_th=0.7")
    front.page.reload()
    front.take_example()
    front.page.get_by_role("tab", name="Python", exact=True).click()
    shutil.copy(PHOTO, tmp_path)
    code = front.page.locator("#panel code").inner_text()
    shown: list[object] = []
    exec(code.replace('open("', f'open("{tmp_path}/'), {"print": shown.append})
    assert isinstance(shown[0], list)
    assert len(shown[0]) == len(front.found) == 3


def test_answer_folds(front: FrontPage) -> None:
    """The answer is a tree that can be folded."""
    front.take_example()
    front.page.get_by_role("tab", name="Answer").click()
    summary = front.page.locator("#panel summary").filter(has_text="normalizedVertices")
    expect(front.page.get_by_text('"safetycone"').first).to_be_visible()
    summary.click()
    expect(front.page.get_by_text('"safetycone"').first).to_be_hidden()


def test_problem_is_readable(front: FrontPage) -> None:
    """The problem with a photo is shown in words, with the request's id; the next photo is answered."""
    front.page.locator("#file").set_input_files(ROOT / "README.md")
    problem = front.page.locator("#problem")
    expect(problem).to_contain_text("These bytes are not a readable photo")
    expect(problem).to_contain_text(re.compile("Request [0-9a-f-]{36}"))
    front.take_example()
    expect(problem).to_be_hidden()


def test_broken_network_is_said(front: FrontPage) -> None:
    """If no response comes, the page says so, and works again once the network does."""
    for address in ("**/predict/**", "**/example.jpg"):
        front.page.route(address, lambda route: route.abort())
        front.page.get_by_role("button", name="Example").click()
        expect(front.page.locator("#problem")).to_contain_text("cannot be reached")
        front.page.unroute(address)
    front.complaints.clear()  # Chromium's, about the network
    front.take_example()


def test_foreign_answers_are_said(front: FrontPage) -> None:
    """A response from a proxy, not the service, is shown and breaks nothing."""
    front.page.route("**/predict/**", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    front.page.get_by_role("button", name="Example").click()
    expect(front.page.locator("#problem")).to_contain_text("not the service's own")


def test_token(browser: Browser, start: Start) -> None:
    """A 401 asks for a token, which is kept for the tab and named in the request, not shown."""
    url = start(DETECTOR_TOKENS="open-sesame").wait_until_ready().url
    front = FrontPage(browser, url)
    dialog = front.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    front.page.get_by_role("button", name="Cancel").click()
    front.page.get_by_role("button", name="Example").click()
    for typed in ("wrong", "open-sesame"):
        expect(dialog).to_be_visible()
        front.page.locator("#token").fill(typed)
        front.page.locator("#token").press("Enter")
        expect(front.page.locator("#token")).to_have_value("" if typed == "wrong" else "open-sesame")
        expect(front.page.locator("#token-wrong")).to_be_visible(visible=typed == "wrong")
    expect(dialog).to_be_hidden()
    front.take_example()
    expect(front.page.locator("#option-model option")).to_have_count(2)
    curl = front.page.locator("#panel code").inner_text()
    assert "$TOKEN" in curl
    assert "open-sesame" not in curl
    front.page.reload()
    front.take_example()
    assert front.found == CONES
    front.close()


@needs(NGINX, "nginx")
def test_behind_a_prefix(browser: Browser, server: Server, tmp_path: Path) -> None:
    """Everything that the page requests is below a proxy's prefix, and so is the request that it shows."""
    with nginx(server, tmp_path) as url:
        front = FrontPage(browser, url)
        front.take_example()
        assert front.found == CONES
        assert all(address.startswith(url) for address in front.addresses)
        assert f"{url}predict/upload" in front.page.locator("#panel code").inner_text()
        front.close()
