"""web/pages.py: pages, their files, and the contract as it was written."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app import create_app
from settings import Settings
from tests.support.server import ROOT

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PAGES = ["/", "/docs/", "/docs/reference"]


@pytest.mark.parametrize("accept", [BROWSER["Accept"], "text/html", "*/*", None])
def test_root_is_a_page(client: httpx.Client, accept: str | None) -> None:
    """GET / is a page for browsers, and for clients that accept anything."""
    request = client.build_request("GET", "/")
    request.headers.pop("Accept")
    if accept:
        request.headers["Accept"] = accept
    response = client.send(request)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert response.headers["Vary"] == "Accept"


def test_root_is_an_operation_for_programs(client: httpx.Client) -> None:
    """A program that accepts JSON alone is told that / takes POST."""
    response = client.get("/", headers={"Accept": "application/json"})
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_nothing_from_elsewhere(client: httpx.Client, path: str) -> None:
    """Each page has a policy against other hosts and inline scripts, and only relative addresses."""
    response = client.get(path, headers=BROWSER)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    addresses = re.findall(r'(?:href|src)="([^"]*)"', response.text)
    assert addresses
    assert not [address for address in addresses if address.startswith(("/", "http", "data:"))]
    for address in addresses:
        if not address.startswith("#"):
            assert client.get(str(httpx.URL(f"http://x{path}").join(address).path), headers=BROWSER).status_code == 200


def test_contract_is_served_as_written(client: httpx.Client) -> None:
    """/openapi.yml has the authors' text, including comments, without the operations that are switched off."""
    served = client.get("/openapi.yml")
    assert served.headers["Content-Type"] == "application/yaml"
    assert set(served.text.splitlines()) <= set((ROOT / "openapi.yml").read_text("utf-8").splitlines())
    assert create_app(Settings(compatibility=True)).test_client().get("/openapi.yml").text == (
        ROOT / "openapi.yml"
    ).read_text("utf-8")


def test_head(client: httpx.Client) -> None:
    """HEAD is answered like GET, without a body."""
    for path in (*PAGES, "/openapi.yml", "/docs/example.jpg"):
        got, asked = client.get(path, headers=BROWSER), client.head(path, headers=BROWSER)
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers["Content-Length"] == got.headers["Content-Length"]


def test_example_photo(client: httpx.Client, photo: bytes) -> None:
    """The pages offer the bundled photo."""
    assert client.get("/docs/example.jpg").content == photo


def secret(path: Path) -> None:
    """A link to a file that is no photo."""
    (path.parent / "secret").write_text("alice:token", "utf-8")
    path.symlink_to("secret")


def unending(path: Path) -> None:
    """A link whose target cannot exist."""
    path.symlink_to("x" * 300)


@pytest.mark.parametrize("make", [secret, os.mkfifo, Path.mkdir, unending])
def test_only_a_photo_is_an_example(tmp_path: Path, bundled: Path, photo: bytes, make: Callable[[Path], None]) -> None:
    """Whatever else is called example.jpg in the models' folder is shown to nobody, and does not stop the start."""
    for file in bundled.glob("safetycone.*"):
        shutil.copy(file, tmp_path)
    make(tmp_path / "example.jpg")
    client = create_app(Settings(models=str(tmp_path))).test_client()
    assert client.get("/docs/example.jpg").content == photo


def test_the_example_stays_when_its_file_goes(tmp_path: Path, bundled: Path, photo: bytes) -> None:
    """The example is read at the start: its file may go, or become a link to another."""
    for file in (*bundled.glob("safetycone.*"), bundled / "example.jpg"):
        shutil.copy(file, tmp_path)
    client = create_app(Settings(models=str(tmp_path))).test_client()
    (tmp_path / "example.jpg").unlink()
    assert client.get("/docs/example.jpg").content == photo


def test_redoc_asks_no_other_host(client: httpx.Client) -> None:
    """Redoc's script is served without the address of the logo that it would load."""
    script = client.get("/docs/redoc/redoc.standalone.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert "cdn.redoc.ly" not in script.text


def test_a_missing_file_is_a_problem(client: httpx.Client) -> None:
    """A missing file is a 404 like any other."""
    for path in ("/page/none.js", "/docs/none.js", "/docs/dist/none.js", "/docs/redoc/none.js"):
        response = client.get(path)
        assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("wanted", ["bytes=0-9", "bytes=-1", "bytes=9-0", "bytes=99999999-", "bytes=", "Zebra7", ""])
@pytest.mark.parametrize("path", ["/", "/docs/icon.svg", "/docs/dist/swagger-ui.css", "/page/style.css"])
def test_ranges_are_ignored(client: httpx.Client, path: str, wanted: str) -> None:
    """Pages and their files are answered whole, whatever range is asked for."""
    response = client.get(path, headers={"Range": wanted})
    assert response.status_code == 200
    assert response.content == client.get(path).content
