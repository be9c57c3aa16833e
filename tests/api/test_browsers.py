"""web/layers/cors.py, foreign_pages.py and security_headers.py: what browsers send and get."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app import create_app
from settings import Settings, SettingsError

HERE = "https://app.example.com"
ELSEWHERE = "https://evil.example.com"


def service(**settings: Any) -> Iterator[httpx.Client]:
    """A service with a token."""
    with create_app(Settings(tokens="secret", max_body_bytes=1000, **settings)).test_client(
        raise_server_exceptions=False
    ) as client:
        yield client


@pytest.fixture(scope="module")
def named() -> Iterator[httpx.Client]:
    """A service that pages of one origin may call."""
    yield from service(origins=f"{HERE}/, http://localhost:3000")


@pytest.fixture(scope="module")
def anybody() -> Iterator[httpx.Client]:
    """A service that all pages may call."""
    yield from service(origins="*")


@pytest.fixture(scope="module")
def nobody() -> Iterator[httpx.Client]:
    """A service that no other page may call."""
    yield from service()


def preflight(client: httpx.Client, origin: str, method: str = "POST", headers: str = "") -> httpx.Response:
    """A browser's question before it sends a request."""
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return client.options("/predict", headers=asked | ({"Access-Control-Request-Headers": headers} if headers else {}))


class TestCors:
    """Pages of other origins."""

    @pytest.mark.parametrize("origin", [HERE, "http://localhost:3000"])
    @pytest.mark.parametrize("headers", ["", "content-type,x-api-token", "X-Request-Id, traceparent"])
    def test_preflights(self, named: httpx.Client, origin: str, headers: str) -> None:
        """A page of a named origin may send photos with tokens and ids, and needs no token to ask."""
        answer = preflight(named, origin, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert {"GET", "POST"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
        allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert {"content-type", "x-api-token", "x-request-id", "traceparent"} <= set(allowed)
        assert "Origin" in answer.headers["Vary"]
        assert answer.headers["X-Request-Id"]

    @pytest.mark.parametrize(
        ("origin", "method", "headers"),
        [(ELSEWHERE, "POST", ""), ("null", "POST", ""), (HERE, "DELETE", ""), (HERE, "POST", "x-other")],
    )
    def test_refused_preflights(self, named: httpx.Client, origin: str, method: str, headers: str) -> None:
        """Other origins, methods and headers are refused with a problem that repeats nothing."""
        answer = preflight(named, origin, method, headers)
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["requestId"] == answer.headers["X-Request-Id"]
        assert "x-other" not in answer.text
        assert "evil" not in answer.text
        if origin != HERE:
            assert "Access-Control-Allow-Origin" not in answer.headers

    @pytest.mark.parametrize(
        ("path", "token", "status"),
        [
            ("/models", "secret", 200),
            ("/models", "wrong", 401),
            ("/missing", "secret", 404),
            ("/predict", "secret", 405),
        ],
    )
    def test_answers(self, named: httpx.Client, path: str, token: str, status: int) -> None:
        """A page can read responses and errors alike, and the headers that it needs."""
        answer = named.get(path, headers={"Origin": HERE, "X-Api-Token": token})
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == HERE
        assert {"X-Request-Id", "Retry-After"} <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))
        assert "Origin" in answer.headers["Vary"]

    @pytest.mark.parametrize(("body", "status"), [(bytes(1001), 413), (b"photo", 415)])
    def test_refused_bodies(self, named: httpx.Client, body: bytes, status: int) -> None:
        """A page can read errors that are raised before the handler."""
        headers = {"Origin": HERE, "X-Api-Token": "secret", "Content-Type": "text/plain"}
        answer = named.post("/predict", content=body, headers=headers)
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == HERE

    def test_failures(self, named: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
        """A page can read a 500, wherever it comes from."""
        monkeypatch.setattr("web.pages.Pages.__call__", lambda *_: 1 / 0)
        answer = named.get("/models", headers={"Origin": HERE, "X-Api-Token": "secret"})
        assert answer.status_code == 500
        assert answer.headers["Access-Control-Allow-Origin"] == HERE
        assert answer.headers["X-Request-Id"]

    def test_other_origins(self, named: httpx.Client) -> None:
        """A page of another origin cannot read the response."""
        answer = named.get("/health/live", headers={"Origin": ELSEWHERE})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]

    def test_everybody(self, anybody: httpx.Client) -> None:
        """`*` lets every page call, still with a token, and never with the browser's cookies or logins."""
        assert preflight(anybody, ELSEWHERE).headers["Access-Control-Allow-Origin"] == "*"
        answer = anybody.get("/models", headers={"Origin": ELSEWHERE})
        assert answer.status_code == 401
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers

    def test_is_off_by_default(self, nobody: httpx.Client) -> None:
        """By default no page of another origin may call."""
        assert preflight(nobody, HERE).status_code == 405
        headers = nobody.get("/models", headers={"Origin": HERE}).headers
        assert not [name for name in headers if name.startswith("access-control")]

    @pytest.mark.parametrize(
        "origins", ["example.com", "https://example.com/app", "null", "ftp://example.com", "https://*"]
    )
    def test_refuses_impossible_origins(self, origins: str) -> None:
        """Origins that no browser would send are refused."""
        with pytest.raises(SettingsError, match="DETECTOR_ORIGINS cannot be used"):
            Settings(origins=origins).all_origins()

    def test_takes_origins_as_people_write_them(self) -> None:
        """Capitals, a trailing slash and the scheme's default port do not matter; another port does."""
        settings = Settings(origins="HTTPS://App.example.com:443/, http://a:80, http://a:443,")
        assert settings.all_origins() == ["https://app.example.com", "http://a", "http://a:443"]


class TestForms:
    """Requests that browsers send without asking first, such as forms."""

    @staticmethod
    def status(
        client: httpx.Client, site: str, origin: str, method: str = "POST", path: str = "/predict/upload"
    ) -> int:
        """The status of a request with a token, as a browser sends it."""
        headers = {"Sec-Fetch-Site": site, "Origin": origin, "X-Api-Token": "secret"}
        return client.request(
            method, path, headers={name: value for name, value in headers.items() if value}
        ).status_code

    @pytest.mark.parametrize(
        ("site", "origin"), [("cross-site", ELSEWHERE), ("same-site", ELSEWHERE), ("cross-site", "null")]
    )
    def test_of_other_origins(self, nobody: httpx.Client, named: httpx.Client, site: str, origin: str) -> None:
        """A page of another origin cannot make a browser send photos here; links to pages and lists work."""
        for client in (nobody, named):
            assert self.status(client, site, origin) == 403
            assert self.status(client, site, "", "GET", "/docs/") == 200
            assert self.status(client, site, "", "GET", "/models") == 200
        problem = nobody.post("/predict", headers={"Sec-Fetch-Site": site, "Origin": origin}).json()
        assert problem["code"] == "forbidden-origin"
        assert ELSEWHERE not in str(problem)

    @pytest.mark.parametrize(
        ("site", "origin"),
        [
            ("cross-site", HERE),
            ("same-site", "http://localhost:3000"),
            ("same-origin", ELSEWHERE),
            ("none", ""),
            ("", ELSEWHERE),
        ],
    )
    def test_of_pages_that_are_named(self, named: httpx.Client, site: str, origin: str) -> None:
        """Pages of named origins, the service's own behind any proxy, and other clients can."""
        assert self.status(named, site, origin) == 400  # there is no photo

    def test_of_everybody(self, anybody: httpx.Client) -> None:
        """With `*`, pages of every origin can send forms."""
        assert self.status(anybody, "cross-site", ELSEWHERE) == 400


@pytest.mark.parametrize("path", ["/models", "/missing", "/health/live", "/docs/", "/openapi.yml"])
def test_security_headers(nobody: httpx.Client, path: str) -> None:
    """Browsers guess no types, send no referrer to other sites, and show no response inside another page."""
    headers = nobody.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/models", "/models/unknown", "/metrics", "/health/live"])
def test_caches_keep_no_answer(nobody: httpx.Client, path: str) -> None:
    """A cache between does not keep what an operation answers, and so never gives it to a caller without a token."""
    assert nobody.get(path).headers["Cache-Control"] == "no-store"


def test_caches_may_keep_pages(nobody: httpx.Client) -> None:
    """A browser need not load the pages' scripts again."""
    headers = nobody.get("/docs/dist/swagger-ui.css").headers
    assert "Cache-Control" not in headers
    assert headers["ETag"]


def test_responses_are_not_pages(nobody: httpx.Client) -> None:
    """A response that is not a page may load and run nothing, even if a browser shows it as one."""
    assert "default-src 'none'" in nobody.get("/health/live").headers["Content-Security-Policy"]
