"""Addresses and methods that do not exist, and requests without a body."""

from collections.abc import Iterator

import httpx
import pytest

from app import create_app
from settings import Settings
from tests.support.problems import MARK, check_problem


def test_bare_post(client: httpx.Client) -> None:
    """`curl --request POST` without a body is told what to send, at every address."""
    for path in ("/", "/predict", "/predict/upload", "/predict/image"):
        check_problem(client.post(path), 400, "Send")


def test_other_addresses(client: httpx.Client) -> None:
    """An unknown address is a 404 and an unknown method a 405 that names the known ones."""
    check_problem(client.get(f"/{MARK}"), 404, "/docs/")
    check_problem(client.get("/models/Zebra7%ff"), 404, "GET /models")
    response = client.delete("/predict")
    check_problem(response, 405, "Allow")
    assert response.headers["Allow"] == "POST"


@pytest.fixture(scope="module")
def guarded() -> Iterator[httpx.Client]:
    """A client without the service's token."""
    with create_app(Settings(tokens="secret")).test_client(raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/models/%0a", "/models%0a", "/models/x%0a", "/models//x", "/%0amodels", "/models/x%0d%0a"]
)
def test_addresses_that_are_nearly_there(client: httpx.Client, guarded: httpx.Client, path: str) -> None:
    """An address with a line break or an empty part is a 404: no handler is called, token or not."""
    response = guarded.get(path)
    assert response.status_code in {401, 404}
    check_problem(response, response.status_code, "")
    check_problem(client.get(path), 404, "")


@pytest.mark.parametrize("path", ["/%0a", "/predict%0a", "/predict/upload%0a", "/predict/image%0a", "/annotate/%0a"])
def test_line_breaks_lead_past_no_layer(client: httpx.Client, guarded: httpx.Client, path: str) -> None:
    """With a line break at its end, the address of an operation with a body is a 404, too, token or not."""
    for caller in (client, guarded):
        check_problem(caller.post(path, json={"imageUri": "http://photos.example/"}), 404, "")
