"""web/tokens.py, over HTTP."""

import logging
from pathlib import Path

import httpx
import pytest

from app import create_app
from settings import Settings


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> httpx.Client:
    """A service that lets in three tokens, one of them from a file."""
    file: Path = tmp_path_factory.mktemp("secrets") / "tokens"
    file.write_text("from-a-file\n\n", "utf-8")
    settings = Settings(tokens="first, zwölf", tokens_file=str(file), validate_responses=True)
    return create_app(settings).test_client()


@pytest.mark.parametrize("token", ["first", "from-a-file", "zwölf"])
def test_lets_in(guarded: httpx.Client, token: str) -> None:
    """Every token of the variable and of the file is let in."""
    assert guarded.get("/models", headers={"X-Api-Token": token.encode()}).status_code == 200


@pytest.mark.parametrize("token", [None, "", "firs", "first, zwölf", "First", "\xff"], ids=repr)
def test_keeps_out(guarded: httpx.Client, token: str | None) -> None:
    """No token, or another one, is a 401 that names the header and how to authenticate."""
    headers = {} if token is None else {"X-Api-Token": token.encode("latin-1")}
    response = guarded.get("/models", headers=headers)
    assert response.status_code == 401
    assert "X-Api-Token" in response.json()["detail"]
    assert "X-Api-Token" in response.headers["WWW-Authenticate"]


def test_asks_before_it_reads(guarded: httpx.Client) -> None:
    """A body that would be refused does not matter to somebody who is not let in."""
    assert guarded.post("/predict", content=b"{", headers={"Content-Type": "application/json"}).status_code == 401


def test_docs_and_contract_are_open(guarded: httpx.Client) -> None:
    """Whoever wants a token may read what for."""
    assert guarded.get("/docs/").status_code == 200
    assert guarded.get("/openapi.yml").status_code == 200


def test_warns_when_open(caplog: pytest.LogCaptureFixture) -> None:
    """A service without tokens lets everybody in, and says so in its log."""
    with caplog.at_level(logging.WARNING):
        client = create_app(Settings()).test_client()
    assert client.get("/models").status_code == 200
    assert "DETECTOR_TOKENS" in caplog.text
