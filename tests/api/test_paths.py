"""web/layers/paths.py: every spelling of a path finds its operation, and no path leads elsewhere."""

import http.client
import re
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app import create_app
from settings import Settings
from tests.support.server import PATIENCE, ROOT, Server
from web.contract import Contract

STRANGE = [
    "//",
    "///",
    "//health/live",
    "///health//live",
    "/health//live",
    "/health/live//",
    "/docs",
    "//docs",
    "/docs//",
    "/docs/index.html/",
    "/docs/reference/",
    "/docs/dist",
    "/docs/dist/",
    "/docs/dist/..%2f..%2fapp.py",
    "/page",
    "/page/../app.py",
    "/models/",
    "/models/safetycone//",
    "/openapi.yml/",
    "/predict/upload/",
    "http://other.example",
    "http://other.example/docs",
    "https://other.example//docs",
    "//other.example/docs",
    "/%2f%2fother.example/docs",
    "/%00",
    "/nowhere/",
]


def ask(server: Server, method: str, target: str, body: bytes | None = None) -> tuple[int, str]:
    """Sends a request with a raw target, which clients would normalise; returns the status and the redirect."""
    with closing(http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=PATIENCE)) as connection:
        connection.putrequest(method, "/")
        connection._buffer[0] = f"{method} {target} HTTP/1.1".encode()  # type: ignore[attr-defined]
        connection.putheader("X-Forwarded-Proto", "https")
        if body is not None:
            connection.putheader("Content-Type", "image/jpeg")
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        with connection.getresponse() as response:
            return response.status, response.headers.get("Location", "")


@pytest.mark.parametrize("head", ["", "/", "//", "http://specsight.example", "HTTPS://specsight.example:8443"])
@pytest.mark.parametrize("end", ["", "/"])
def test_finds_the_operation(gunicorn: Server, photo: bytes, head: str, end: str) -> None:
    """Extra slashes at either end, and a target with scheme and host, lead to the intended operation."""
    assert ask(gunicorn, "GET", f"{head}/health/live{end}") == (200, "")
    assert ask(gunicorn, "GET", f"{head}/models/safetycone{end}") == (200, "")
    assert ask(gunicorn, "POST", f"{head}/predict/image{end}?score_th=0.5", photo) == (200, "")


@pytest.mark.parametrize("target", STRANGE)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_leads_nowhere_else(gunicorn: Server, method: str, target: str) -> None:
    """No path, however strange, causes a failure, and no response to it names a scheme or a host."""
    status, location = ask(gunicorn, method, target, b"" if method == "POST" else None)
    assert status < 500
    assert (300 <= status < 400) == bool(location)
    assert not urlsplit(location).scheme
    assert not urlsplit(location).netloc


def test_head(gunicorn: Server) -> None:
    """HEAD is answered as GET without a body, by the service itself: gunicorn finds nothing to complain about."""
    for target, status in (("/health/live", 200), ("/nowhere", 404), ("/predict", 405), ("/docs/", 200)):
        assert ask(gunicorn, "HEAD", target) == (status, "")
    assert '"HEAD /nowhere HTTP/1.1" 404 - not-found 0 B' in gunicorn.log
    assert "WARNING ASGI" not in gunicorn.log


def test_asterisk(gunicorn: Server) -> None:
    """`OPTIONS *`, which asks about the server as a whole, does not fail."""
    assert ask(gunicorn, "OPTIONS", "*")[0] in {404, 405}


SERVERS = {
    "/": "",
    ".": "",
    "./": "",
    "/v1": "/v1",
    "/v1/": "/v1",
    "https://api.example": "",
    "https://api.example/vision/v1/": "/vision/v1",
}


def served_at(servers: str) -> str:
    """The text of the contract with other servers."""
    text = (ROOT / "openapi.yml").read_text("utf-8")
    return re.sub(r"^servers:\n(  .*\n)+", f"servers: {servers}\n", text, count=1, flags=re.MULTILINE)


@pytest.mark.parametrize("url", SERVERS)
def test_base_path(url: str) -> None:
    """The base path is that of the first server's address."""
    assert Contract.parse("openapi.yml", served_at(f"[{{url: '{url}'}}, {{url: /other}}]")).base_path == SERVERS[url]


def test_base_path_with_variables() -> None:
    """Variables of a server have their defaults."""
    variables = "{host: {default: api.example}, version: {default: v2}}"
    text = served_at(f"[{{url: 'https://{{host}}/{{version}}', variables: {variables}}}]")
    assert Contract.parse("openapi.yml", text).base_path == "/v2"


def test_base_path_of_a_contract_without_servers() -> None:
    """Without servers, everything is at the root."""
    text = served_at("").replace("servers: \n", "")
    assert "servers:" not in text
    assert Contract.parse("openapi.yml", text).base_path == ""


@pytest.fixture(scope="module", params=["/v1", "https://api.example/vision/v1/"])
def moved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[httpx.Client, str]:
    """A service whose contract has a base path, and that path."""
    path: Path = tmp_path_factory.mktemp("moved") / "openapi.yml"
    path.write_text(served_at(f"[{{url: '{request.param}'}}]"), "utf-8")
    client = create_app(Settings(validate_responses=True), path).test_client(follow_redirects=False)
    return client, urlsplit(request.param).path.rstrip("/")


def test_everything_moves_with_the_base_path(moved: tuple[httpx.Client, str], photo: bytes) -> None:
    """Operations, probes, contract, pages and their files are below the base path, and not at the root."""
    client, base = moved
    for path in ("/", "/health/live", "/openapi.yml", "/docs/", "/docs/docs.js", "/docs/dist/swagger-ui.css"):
        assert client.get(base + path).status_code == 200, path
        assert path == "/" or client.get(path).status_code == 404, path
    response = client.post(f"{base}/predict/image", content=photo, headers={"Content-Type": "image/jpeg"})
    assert response.json()["normalizedVertices"]


def test_the_root_leads_to_the_base_path(moved: tuple[httpx.Client, str]) -> None:
    """The host's root, and the base path without its slash, lead to the page by a relative redirect."""
    client, base = moved
    assert client.get("/").headers["Location"] == f"{base[1:]}/"
    assert client.get(base).headers["Location"] == f"{base.rpartition('/')[2]}/"
