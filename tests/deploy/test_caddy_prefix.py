"""docs/proxies.md: the service behind Caddy, under a prefix that it does not know."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.caddy import caddy
from tests.support.server import PATIENCE, ROOT, Server, free_port

[BLOCK] = re.findall(r"```caddyfile\n(.*?)```", (ROOT / "docs" / "proxies.md").read_text("utf-8"), re.DOTALL)
FOR_TESTS = "{\n    admin off\n    auto_https off\n}\n"  # on loopback, without TLS
JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture(scope="module")
def vision(tools: Path, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service behind Caddy, with a slash at its end."""
    folder = tmp_path_factory.mktemp("caddy")
    site = f"http://127.0.0.1:{free_port()}"
    lines = BLOCK.replace("vision.example.com", site).replace("127.0.0.1:5000", server.url.removeprefix("http://"))
    (folder / "Caddyfile").write_text(FOR_TESTS + lines, "utf-8")
    with caddy(tools / "caddy", folder, lambda: requests.get(f"{site}/vision/health/ready", timeout=PATIENCE).ok):
        yield f"{site}/vision/"


def test_photos_pass(vision: str, photo: bytes) -> None:
    """A photo is answered, and one of 30 MB reaches the service; a larger body ends as a 413."""
    answer = requests.post(f"{vision}predict/image", photo, headers=JPEG, timeout=PATIENCE)
    assert answer.json()["normalizedVertices"]
    answer = requests.post(f"{vision}predict/image", b"\xff" * 30_000_000, headers=JPEG, timeout=PATIENCE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    answer = requests.post(f"{vision}predict/image", bytes(34_000_000), headers=JPEG, timeout=PATIENCE)
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["", "docs", "docs/reference/", "../vision"])
def test_nothing_leads_out_of_the_prefix(vision: str, path: str) -> None:
    """Every redirect stays below the prefix."""
    answer = requests.get(f"{vision}{path}", timeout=PATIENCE)
    assert answer.status_code == 200
    assert answer.url.startswith(vision)
