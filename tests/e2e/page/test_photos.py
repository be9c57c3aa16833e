"""Photos come in, and their boxes are shown."""

import pytest
from playwright.sync_api import Browser, expect

from detector.drawing.colours import PALETTE, colour_of
from tests.support.page import CONES, PHOTO, FrontPage
from tests.support.server import ROOT, Server
from tests.support.swagger_ui import CHROMIUM
from tests.support.tools import needs

pytestmark = needs(CHROMIUM, "Chromium")

FILES = ROOT / "page"


LABELS = ["cone", "safetycone", "שלום", "交通锥", "a" * 200, ""]


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
