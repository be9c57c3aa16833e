"""Swagger UI in a headless Chromium, for tests and the README's screenshot."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from playwright.sync_api import Browser, Locator, expect, sync_playwright

from tests.support.listening import Listener
from tests.support.server import PATIENCE, ROOT, Server

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

expect.set_options(timeout=PATIENCE * 1000)  # a busy machine draws slowly

DESCRIBED = [
    operation
    for path in yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))["paths"].values()
    for operation in path.values()
    if "operationId" in operation
]
OPERATIONS = [(operation["tags"][0], operation["operationId"]) for operation in DESCRIBED]
WITH_BODY = {operation["operationId"] for operation in DESCRIBED if "requestBody" in operation}
# A name, since Swagger UI does less on a local address: it would have other sites validate the contract.
HOST = "specsight.example"


@contextmanager
def chromium(resolve: str) -> Iterator[Browser]:
    """A browser that resolves one name as another; see Chromium's --host-resolver-rules."""
    with sync_playwright() as playwright:
        flags = ["--disable-gpu", "--disable-quic", "--disable-sync", f"--host-resolver-rules=MAP {resolve}"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield browser
        finally:
            browser.close()


class SwaggerUI(Listener):
    """The page at /docs/."""

    def __init__(self, browser: Browser, url: str) -> None:
        super().__init__(browser.new_page(viewport={"width": 1000, "height": 900}))
        self.page.goto(f"{url}/docs/")

    def open(self, tag: str, operation: str) -> Locator:
        """Unfolds an operation, ready to be executed."""
        block = self.page.locator(f"#operations-{tag}-{operation}")
        block.locator(".opblock-summary-control").click()
        block.locator("button.execute").wait_for()
        # A body's fields are sometimes drawn after the button.
        if operation in WITH_BODY:
            block.locator(".opblock-section-request-body").locator("textarea, input").first.wait_for()
        return block

    def execute(self, block: Locator, file: Path) -> int:
        """Presses Execute, with the file if one is required, and returns the displayed status."""
        chooser = block.locator("input[type=file]")
        if chooser.count():
            chooser.set_input_files(file)
        with self.page.expect_response(lambda answer: answer.request.resource_type == "fetch") as answered:
            block.locator("button.execute").click()
        shown = block.locator(".live-responses-table tbody .response-col_status").first
        expect(shown).to_contain_text(str(answered.value.status))  # the previous one stands there until it is redrawn
        return int(shown.inner_text().split()[0])

    def shown_body(self, block: Locator) -> str:
        """The displayed body of the response."""
        return block.locator(".live-responses-table .highlight-code").first.inner_text()

    def shown_photo(self, block: Locator) -> tuple[int, int]:
        """Width and height of the response's photo, which must be loaded; pixels."""
        photo = block.locator(".live-responses-table img")
        photo.wait_for()
        photo.evaluate("image => image.decode()")
        width, height = photo.evaluate("image => [image.naturalWidth, image.naturalHeight]")
        return width, height

    def authorize(self, token: str) -> None:
        """Enters a token."""
        self.page.locator("button.authorize").first.click()
        dialog = self.page.locator(".auth-container")
        # Each scheme has a form of its own.
        form = dialog.locator("form", has_text="X-Api-Token")
        form.locator("input").fill(token)
        form.locator("button.authorize").click()
        form.locator("button.btn-done").click()


def open_docs(browser: Browser, server: Server) -> SwaggerUI:
    """Swagger UI of a server, in a browser to which HOST is this machine."""
    return SwaggerUI(browser, server.url.replace("127.0.0.1", HOST))
