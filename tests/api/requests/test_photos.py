"""Raw photos: empty, or no photo at all."""

import httpx
import pytest

from app import create_app
from settings import Settings
from tests.support.problems import JPEG, check_problem
from web.validation.parser import LARGE, Parser


def test_image_without_bytes(client: httpx.Client) -> None:
    """An empty photo is a 400 that says how to send one."""
    check_problem(client.post("/predict/image", headers=JPEG), 400, "--data-binary")


@pytest.mark.parametrize("body", [b"Zebra7", b"\xff\xd8\xff\xe0", b"GIF89a", b"<svg>Zebra7</svg>"])
def test_bytes_that_are_no_photo(client: httpx.Client, body: bytes) -> None:
    """Bytes that are no photo are a 422 that names the encodings."""
    check_problem(client.post("/predict/image", content=body, headers=JPEG), 422, "JPEG, PNG")


def test_serves_on(client: httpx.Client, photo: bytes) -> None:
    """The next request after all of these is served."""
    assert client.post("/predict/image", content=photo, headers=JPEG).status_code == 200


def test_large_photos_are_not_parsed(photo: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A raw photo of any size waits for no other body that is being parsed."""
    monkeypatch.delattr(Parser, "parse")
    with create_app(Settings()).test_client() as client:
        answer = client.post("/predict/image", content=photo + bytes(LARGE), headers=JPEG)
    assert answer.status_code == 200
