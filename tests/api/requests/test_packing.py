"""Content-Encoding: compressed bodies, unknown codings and bombs."""

import gzip
import json
import zlib
from collections.abc import Callable

import httpx
import pytest

from tests.support.problems import JPEG, JSON, check_problem

CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": lambda body: gzip.compress(body[:100]) + gzip.compress(body[100:]),
    "GZIP": gzip.compress,
    "gzip, in members": lambda body: b"".join(gzip.compress(body[at : at + 100]) for at in range(0, len(body), 100)),
    "deflate": zlib.compress,
    "identity": lambda body: body,
    "Deflate": lambda body: zlib.compress(body)[2:-4],
}


@pytest.mark.parametrize("coding", CODINGS)
def test_packed_bodies(client: httpx.Client, photo: bytes, photo_base64: str, coding: str) -> None:
    """Any body may be compressed with gzip or deflate."""
    pack = CODINGS[coding]
    packed = {"Content-Encoding": coding.partition(",")[0]}
    assert client.post("/predict/image", content=pack(photo), headers=JPEG | packed).status_code == 200
    document = b"\xef\xbb\xbf" + json.dumps({"image": photo_base64}).encode()
    assert client.post("/predict", content=pack(document), headers=JSON | packed).status_code == 200


def test_unknown_coding_and_bombs(client: httpx.Client, photo: bytes) -> None:
    """A coding that cannot be decompressed is refused with the known ones; a bomb is a 413."""
    for coding in ("br", "gzip, gzip", "zstd"):
        response = client.post("/predict/image", content=photo, headers=JPEG | {"Content-Encoding": coding})
        check_problem(response, 415, "Send the body as gzip")
        assert response.headers["Accept-Encoding"] == "gzip, deflate"
    packed = {"Content-Encoding": "gzip"}
    check_problem(client.post("/predict/image", content=photo, headers=JPEG | packed), 400, "The body is not gzip")
    cut = gzip.compress(photo)[:-20]
    check_problem(client.post("/predict/image", content=cut, headers=JPEG | packed), 400, "or not whole")
    members = gzip.compress(photo) + gzip.compress(b"") * 1_000_000
    check_problem(client.post("/predict/image", content=members, headers=JPEG | packed), 400, "The body is not gzip")
    bomb = gzip.compress(bytes(50_000_000))
    check_problem(client.post("/predict/image", content=bomb, headers=JPEG | packed), 413, "when it is unpacked")
