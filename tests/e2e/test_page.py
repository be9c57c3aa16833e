"""The page at GET /: people drop a photo and see what is found in it."""

import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Request, expect

from detector.drawing.colours import PALETTE, colour_of
from tests.support.nginx import NGINX, nginx
from tests.support.page import PHOTO, FrontPage, chromium
from tests.support.server import PATIENCE, ROOT, Server, Start
from tests.support.swagger_ui import CHROMIUM
from tests.support.tools import needs

pytestmark = needs(CHROMIUM, "Chromium")

FILES = ROOT / "web" / "page"
CONES = ["safetycone 0.84", "safetycone 0.81", "safetycone 0.81", "safetycone 0.69"]
LABELS = ["cone", "safetycone", "שלום", "交通锥", "a" * 200, ""]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for all tests, with a camera that shows the example photo."""
    film: Path = tmp_path_factory.mktemp("camera") / "film.mjpeg"
    frame = io.BytesIO()
    with Image.open(PHOTO) as image:
        image.save(frame, "JPEG", quality=90)  # not progressive, as cameras send it
    film.write_bytes(frame.getvalue() * 10)
    with chromium(f"--use-file-for-fake-video-capture={film}") as browser:
        yield browser


@pytest.fixture
def front(browser: Browser, server: Server) -> Iterator[FrontPage]:
    """The page of a service with the bundled model."""
    front = FrontPage(browser, server.url)
    yield front
    front.close()


def put(front: FrontPage, event: str) -> None:
    """Drops the example photo onto the page, or pastes it."""
    front.page.evaluate(
        """async (event) => {
            const photo = await (await fetch("docs/example.jpg")).blob();
            const data = new DataTransfer();
            data.items.add(new File([photo], "dropped.jpg", {type: "image/jpeg"}));
            const init = {bubbles: true, cancelable: true, [event === "drop" ? "dataTransfer" : "clipboardData"]: data};
            const type = event === "drop" ? DragEvent : ClipboardEvent;
            document.body.dispatchEvent(new type(event, init));
        }""",
        event,
    )
    front.wait_for_answer()


def test_is_small() -> None:
    """All of the page's files are less than 60 kB together."""
    assert sum(path.stat().st_size for path in FILES.iterdir()) < 60_000


@pytest.mark.parametrize("way", ["example", "choose", "drop", "paste"])
def test_a_photo_comes_in(front: FrontPage, way: str) -> None:
    """A photo may be dropped, pasted or chosen; its detections are listed, best first."""
    if way == "example":
        front.take_example()
    elif way == "choose":
        front.page.locator("#file").set_input_files(PHOTO)
        front.wait_for_answer()
    else:
        put(front, way)
    assert front.found == CONES
    expect(front.page.locator("#status")).to_contain_text("4 objects in 480 \u00d7 320 pixels")


def test_asks_no_other_host(front: FrontPage, server: Server) -> None:
    """Everything comes from the service."""
    front.take_example()
    assert all(address.startswith(server.url) for address in front.addresses)


def test_boxes_are_drawn(front: FrontPage) -> None:
    """The canvas shows the photo, and each box's left side in its label's colour."""
    front.take_example()
    colours = front.page.evaluate(
        """() => {
            const canvas = document.getElementById("canvas");
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            const found = {};
            for (let at = 0; at < data.length; at += 4) {
                const key = data.slice(at, at + 3).join();
                found[key] = (found[key] ?? 0) + 1;
            }
            return found;
        }"""
    )
    assert colours[",".join(map(str, colour_of("safetycone")))] > 500
    assert len(colours) > 1000


@pytest.mark.parametrize("density", [1, 2, 3])
def test_is_sharp(browser: Browser, server: Server, density: int) -> None:
    """The canvas has as many pixels as the screen shows."""
    context = browser.new_context(device_scale_factor=density, viewport={"width": 900, "height": 700})
    page = context.new_page()
    page.goto(server.url)
    page.get_by_role("button", name="Example").click()
    expect(page.locator("#found li")).to_have_count(4)
    width, shown = page.evaluate("[canvas.width, canvas.clientWidth]")
    assert width == shown * density
    context.close()


def test_colours_are_those_of_annotated_photos(front: FrontPage) -> None:
    """Each label has the same colour here as in annotated photos."""
    script = "async labels => { const {colourOf} = await import('./page/colours.js'); return labels.map(colourOf); }"
    assert front.page.evaluate(script, LABELS) == [f"rgb({' '.join(map(str, colour_of(label)))})" for label in LABELS]
    palette = front.page.evaluate("async () => (await import('./page/colours.js')).PALETTE")
    assert palette == [list(colour) for colour in PALETTE]


def test_list_and_boxes_are_linked(front: FrontPage) -> None:
    """Pointing at a box shows its numbers and its row, and vice versa; the keyboard does so, too."""
    front.take_example()
    row = front.page.locator("#found button").nth(0)
    row.focus()
    expect(front.page.locator("#numbers")).to_contain_text(
        "safetycone 0.840 · x 0.346 y 0.522 width 0.078 height 0.212"
    )
    row.blur()
    expect(front.page.locator("#numbers")).to_be_hidden()
    stage = front.page.locator("#canvas").bounding_box()
    assert stage
    scale = min(stage["width"] / 480, stage["height"] / 320)
    left, top = stage["x"] + (stage["width"] - 480 * scale) / 2, stage["y"] + (stage["height"] - 320 * scale) / 2
    front.page.mouse.move(left + 0.385 * 480 * scale, top + 0.65 * 320 * scale)
    expect(row).to_have_class("highlighted")
    expect(front.page.locator("#numbers")).to_contain_text("0.840")


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
    expect(problem).to_contain_text("These bytes are not a readable picture")
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
