"""The page that scripts/docs generates for reviewers, in a real browser without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page, Request, expect

from tests.support.swagger_ui import CHROMIUM, chromium
from tests.support.tools import ROOT, needs, needs_node_tools, script

pytestmark = [needs_node_tools, needs(CHROMIUM, "Chromium")]

DRAFT = (ROOT / "openapi.yml").read_text("utf-8").replace("  /models:\n", "  /kinds:\n", 1)
OPERATIONS = [operation for path in yaml.safe_load(DRAFT)["paths"].values() for operation in path.values()]


class Reader:
    """A reviewer's browser with the page of a draft.

    Attributes:
        page: the page.
        reached: what has been loaded from elsewhere.
        errors: what has gone wrong in the page.
    """

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.reached: list[str] = []
        self.errors: list[str] = []
        page.on("requestfinished", lambda request: self.reached.append(request.url))
        page.on("requestfailed", self._fail)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(file.as_uri())

    def _fail(self, request: Request) -> None:
        """Notes failed requests of the page, except those that its own policy forbids."""
        if request.failure != "csp":
            self.reached.append(request.url)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The open page of a draft."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "draft.yml").write_text(DRAFT, "utf-8")
    done = script("docs", folder / "draft.yml", folder / "page.html")
    assert done.returncode == 0, done.stderr
    assert [file.name for file in folder.iterdir() if file.suffix != ".yml"] == ["page.html"]
    with chromium("* 127.0.0.1") as browser:
        yield Reader(browser.new_page(viewport={"width": 1400, "height": 1000}), folder / "page.html")


def test_shows_every_operation(reader: Reader) -> None:
    """Each operation can be opened from the list, and is described with its fields and an example."""
    navigation = reader.page.locator(".menu-content")
    for tag in dict.fromkeys(operation["tags"][0] for operation in OPERATIONS):
        navigation.get_by_text(tag, exact=True).click()
        for operation in OPERATIONS:
            if operation["tags"] == [tag]:
                expect(navigation.get_by_text(operation["summary"], exact=True)).to_be_visible()
    navigation.get_by_text("detection", exact=True).click()
    navigation.get_by_text("Find objects in one photo, sent as its own bytes", exact=True).click()
    expect(reader.page.get_by_text("The maximum overlap of two boxes").first).to_be_visible()
    expect(reader.page.get_by_text("/kinds", exact=True).first).to_be_attached()
    assert reader.errors == []


def test_needs_no_network(reader: Reader) -> None:
    """The page is a single file: nothing is, or can be, loaded from elsewhere."""
    reader.page.wait_for_load_state("networkidle")
    assert [address for address in reader.reached if not address.startswith(("file:", "blob:", "data:"))] == []
    with pytest.raises(Exception, match="Failed to fetch"):
        reader.page.evaluate("fetch('http://127.0.0.1:9/')")
