"""Renews the README's pictures: `.venv/bin/python -m tests.support.figures`, in the repository's folder."""

import tempfile
from pathlib import Path

import numpy as np
import requests
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.support.page import FrontPage
from tests.support.page import chromium as page_chromium
from tests.support.server import PATIENCE, ROOT, Server
from tests.support.swagger_ui import SwaggerUI, chromium

ADDRESS = "127.0.0.1:5000"  # as in the README, on any port
FOLDER = ROOT / "docs" / "pictures"
SCREEN = "swagger-ui.png"
PAGE = "page.png"
ANNOTATED = "annotated.jpg"
GRAIN = 8  # pixels; what is smaller may differ with another processor's last digits
PHOTO = ROOT / "models" / "example.jpg"


def annotated(server: Server, folder: Path) -> None:
    """The example photo as the service annotates it."""
    answer = requests.post(f"{server.url}/annotate", files={"file": PHOTO.read_bytes()}, timeout=PATIENCE)
    answer.raise_for_status()
    (folder / ANNOTATED).write_bytes(answer.content)


def screen(server: Server, folder: Path) -> None:
    """The operation `predict` with its response, from its name to the last visible line of the response."""
    with chromium(f"{ADDRESS} {server.url.removeprefix('http://')}") as browser:
        ui = SwaggerUI(browser, f"http://{ADDRESS}")
        block = ui.open("detection", "predict")
        block.locator("textarea").evaluate("text => text.style.minHeight = text.style.height = '120px'")
        ui.execute(block, Path())
        ui.page.evaluate("scrollTo(0, 0)")  # boxes are measured from the top of the visible part
        top = block.bounding_box()
        bottom = block.locator(".live-responses-table .highlight-code").first.bounding_box()
        assert top
        assert bottom
        height = bottom["y"] + bottom["height"] + 8 - top["y"]
        ui.page.screenshot(path=folder / SCREEN, full_page=True, clip={**top, "height": height})
        answer = block.locator(".live-responses-table .highlight-code pre").first.inner_text()
    describe(folder / SCREEN, answer)


def page(server: Server, folder: Path) -> None:
    """The page with the detections in the example photo."""
    with page_chromium(f"--host-resolver-rules=MAP {ADDRESS} {server.url.removeprefix('http://')}") as browser:
        front = FrontPage(browser, f"http://{ADDRESS}/", height=800)
        front.take_example()
        front.page.locator("#found button").first.hover()
        front.page.screenshot(path=folder / PAGE)
        found = "\n".join([*front.found, front.page.locator("#numbers").inner_text()])
        front.close()
    describe(folder / PAGE, found)


def describe(file: Path, text: str) -> None:
    """Writes the visible text into a PNG: pixels change with a machine's fonts, texts do not."""
    described = PngInfo()
    described.add_itxt("Description", text)
    with Image.open(file) as image:
        image.save(file, pnginfo=described)


def description(file: Path) -> str:
    """The text in a PNG."""
    with Image.open(file) as image:
        return str(image.info["Description"])


def coarse(file: Path, size: tuple[int, int] | None = None) -> NDArray[np.float64]:
    """A picture reduced to its coarse colours, [height, width, 3], 0..255."""
    with Image.open(file) as image:
        width, height = size or (image.width // GRAIN, image.height // GRAIN)
        return np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.BOX), np.float64)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "log").wait_until_ready()
        try:
            annotated(server, FOLDER)
            screen(server, FOLDER)
            page(server, FOLDER)
        finally:
            server.stop()
