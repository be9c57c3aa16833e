"""Take the README's picture anew: `.venv/bin/python -m tests.e2e.picture`, in the repository's folder."""

import tempfile
from pathlib import Path

from tests.e2e.swagger_ui import SwaggerUI, chromium
from tests.server import ROOT, Server

ADDRESS = "127.0.0.1:5000"  # as in the README, wherever the server really is
PICTURE = ROOT / "docs" / "pictures" / "swagger-ui.png"


def take(server: Server) -> None:
    """The operation `predict` with its answer, from its name to the last line of the answer that is in view."""
    with chromium(f"{ADDRESS} {server.url.removeprefix('http://')}") as browser:
        ui = SwaggerUI(browser, f"http://{ADDRESS}")
        block = ui.open("detection", "predict")
        block.locator("textarea").evaluate("text => text.style.minHeight = text.style.height = '120px'")
        ui.execute(block, Path())
        ui.page.evaluate("scrollTo(0, 0)")  # boxes are measured from the top of what is in view
        top = block.bounding_box()
        bottom = block.locator(".live-responses-table .highlight-code").first.bounding_box()
        assert top
        assert bottom
        height = bottom["y"] + bottom["height"] + 8 - top["y"]
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        ui.page.screenshot(path=PICTURE, full_page=True, clip={**top, "height": height})


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "log").wait_until_ready()
        try:
            take(server)
        finally:
            server.stop()
