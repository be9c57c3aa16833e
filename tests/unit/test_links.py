"""Links between the repository's pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(page for name in ("docs", "models", "tests", "training") for page in ROOT.glob(f"{name}/*.md")),
]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def links(page: Path) -> Iterator[str]:
    """The addresses of a page's links and pictures, except those of other hosts."""
    for address in re.findall(r"\]\(([^)\s]+)\)", CODE.sub("", page.read_text("utf-8"))):
        if not re.match(r"[a-z]+:", address):
            yield address


def anchors(page: Path) -> set[str]:
    """The fragments of a page's headings, as GitHub derives them."""
    headings = re.findall(r"(?m)^#+ (.*)$", re.sub(r"(?s)```.*?```", "", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link leads to a file or a folder of the repository, and its fragment to a heading there."""
    for link in links(page):
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not fragment or fragment in anchors(target), link


def test_a_wrong_fragment_is_noticed(tmp_path: Path) -> None:
    """A heading has GitHub's fragment, whatever its punctuation, and none of those in code counts."""
    page = tmp_path / "page.md"
    page.write_text("# What's *new*?\n\n```sh\n# a comment\n```\n[here](#whats-new) `[there](nowhere.md)`\n", "utf-8")
    assert (anchors(page), list(links(page))) == ({"whats-new"}, ["#whats-new"])
