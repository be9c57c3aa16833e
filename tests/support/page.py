"""The page at GET / in a headless Chromium, for tests and the README's screenshot."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.listening import Listener
from tests.support.swagger_ui import CHROMIUM

PHOTO = Path(__file__).parents[2] / "models" / "example.jpg"
CONES = ["safetycone 0.84", "safetycone 0.81", "safetycone 0.81", "safetycone 0.69"]  # that it finds in the photo
FLAGS = ["--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A browser that gives pages a camera without asking."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


class FrontPage(Listener):
    """The open page of a service."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        width: int = 1280,
        height: int = 860,
        scheme: Literal["light", "dark"] = "light",
    ) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        super().__init__(self.context.new_page())
        self.page.goto(url)
        self.page.locator("#options .field").first.wait_for(state="attached")

    def take_example(self) -> None:
        """Uses the example photo."""
        self.page.get_by_role("button", name="Example").click()
        self.wait_for_answer()

    def wait_for_answer(self) -> None:
        """Waits until the detections are shown."""
        expect(self.page.locator("#status")).to_contain_text("pixels")

    @property
    def found(self) -> list[str]:
        """The rows of the list: name and score."""
        return [" ".join(text.split()) for text in self.page.locator("#found li").all_inner_texts()]

    @property
    def asked(self) -> int:
        """The number of photos that were sent."""
        return sum("/predict/" in address for address in self.addresses)

    def set_slider(self, name: str, value: float) -> None:
        """Moves a slider, as a mouse does."""
        self.page.locator(f"#option-{name}").evaluate(
            "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', {bubbles: true})); }",
            value,
        )

    def show_options(self) -> None:
        """Unfolds the options."""
        self.page.locator("#options-box").evaluate("details => { details.open = true; }")

    def close(self) -> None:
        """Closes it, and checks that it has not complained."""
        assert not self.complaints
        self.context.close()
