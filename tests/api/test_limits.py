"""web/layers/bodies.py: bounds on the size, number and slowness of bodies."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app import create_app
from settings import Settings
from tests.support.server import Server
from tests.support.usage import megabytes

JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture(scope="module")
def exact(photo: bytes) -> Iterator[httpx.Client]:
    """A service for bodies of at most the example photo's size."""
    with create_app(Settings(max_body_bytes=len(photo), validate_responses=True)).test_client() as client:
        yield client


def test_largest_body(exact: httpx.Client, photo: bytes) -> None:
    """A body of exactly the limit is accepted; one byte more is a 413 that names the limit."""
    assert exact.post("/predict/image", content=photo, headers=JPEG).status_code == 200
    response = exact.post("/predict/image", content=photo + b"x", headers=JPEG)
    assert response.status_code == 413
    assert str(len(photo)) in response.json()["detail"]


def test_largest_chunked_body(exact: httpx.Client, photo: bytes) -> None:
    """A body of unannounced length is accepted up to the limit, too."""

    def chunks(body: bytes) -> Any:
        yield body[:1000]
        yield body[1000:]

    assert exact.post("/predict/image", content=chunks(photo), headers=JPEG).status_code == 200
    assert exact.post("/predict/image", content=chunks(photo + b"x"), headers=JPEG).status_code == 413


def test_chunked_json(client: httpx.Client) -> None:
    """JSON may be sent in chunks: connexion alone would treat it as missing."""
    response = client.post("/predict", content=iter([b'{"image": ', b'"aGVsbG8="}']))
    assert response.status_code == 422
    assert "readable photo" in response.json()["detail"]


CROWDS = {
    "wrong-items": (b'{"requests": [' + b"0," * 5_500_000 + b"0]}", 413),
    "some-wrong-items": (b'{"requests": [' + b"0," * 90_000 + b"0]}", 400),
    "wrong-entries": (
        b'{"requests": [' + b",".join([b'{"image":{},"features":[' + b"0," * 1500 + b"0]}"] * 60) + b"]}",
        400,
    ),
    "empty-lists": (b'{"requests": [' + b"[]," * 5_500_000 + b"[]]}", 413),
    "members": (b"{" + b",".join(b'"%d":0' % number for number in range(1_000_000)) + b"}", 413),
    "quotes": (b'{"image": "' + b'\\"' * 10_000_000 + b'"}', 400),
    "commas-in-a-text": (b'{"image": "' + b"," * 10_000_000 + b'", "type": 0}', 400),
    "digits": (b'{"requests": ' + b"9" * 10_000_000 + b"}", 413),
    "one-name": (b'{"' + b"a" * 10_000_000 + b'": 0}', 400),
}


@pytest.mark.parametrize(("body", "status"), CROWDS.values(), ids=CROWDS)
def test_expensive_json(gunicorn: Server, body: bytes, status: int) -> None:
    """JSON with millions of values or digits is refused with little memory by the worker, which goes on serving."""
    workers = gunicorn.workers
    before = megabytes(workers[0], "VmHWM")
    response = httpx.post(f"{gunicorn.url}/", content=body, headers={"Content-Type": "application/json"}, timeout=60)
    assert response.status_code == status
    assert len(response.json()["errors"]) <= 20
    assert gunicorn.workers == workers
    assert megabytes(workers[0], "VmHWM") - before < 150
