"""Content-Type: right, wrong, in capitals, left out."""

import json

import httpx
import pytest

from tests.support.problems import check_problem

MEDIA_TYPES = {
    "/predict": ("text/Zebra7", "application/json"),
    "/": ("application/x-www-form-urlencoded", "application/json"),
    "/predict/upload": ("application/json", "multipart/form-data"),
    "/predict/image": ("text/Zebra7", "application/octet-stream, or the photo's own type, such as image/jpeg"),
}


@pytest.mark.parametrize(("path", "sent", "wanted"), [(path, *types) for path, types in MEDIA_TYPES.items()])
def test_media_type(client: httpx.Client, path: str, sent: str, wanted: str) -> None:
    """Another Content-Type is a 415 that names the right one."""
    check_problem(client.post(path, content=b"x", headers={"Content-Type": sent}), 415, wanted)


def test_media_type_in_capitals(client: httpx.Client, photo: bytes, photo_base64: str) -> None:
    """Media types are compared regardless of case, and their charset does not matter to JSON."""
    document = json.dumps({"image": photo_base64})
    for media_type in ("Application/JSON", "application/json; charset=Zebra7"):
        assert client.post("/predict", content=document, headers={"Content-Type": media_type}).status_code == 200
    assert client.post("/predict/image", content=photo, headers={"Content-Type": "IMAGE/JPEG"}).status_code == 200


@pytest.mark.parametrize("media_type", ["application/octet-stream", "image/jpeg", "image/avif", "image/x-unheard-of"])
def test_media_types_of_a_photo(client: httpx.Client, photo: bytes, media_type: str) -> None:
    """A photo may have the contract's media type, or that of any image: its bytes show the format."""
    assert client.post("/predict/image", content=photo, headers={"Content-Type": media_type}).status_code == 200


def test_media_type_left_out(client: httpx.Client, photo: bytes, photo_base64: str) -> None:
    """An operation takes one kind of body, so its media type may be omitted."""
    assert client.post("/predict", content=json.dumps({"image": photo_base64})).status_code == 200
    assert client.post("/predict/image", content=photo).status_code == 200
