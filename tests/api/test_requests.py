"""Requests that break the contract: each gets a 4xx problem that says what to do and repeats nothing."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app import create_app
from settings import Settings

JSON = {"Content-Type": "application/json"}
JPEG = {"Content-Type": "image/jpeg"}
FORM = {"Content-Type": "multipart/form-data; boundary=seam"}
MARK = "Zebra7"  # is part of what is sent, and must not come back


def form(*parts: bytes, end: bytes = b"--seam--\r\n") -> bytes:
    """A multipart body of raw parts."""
    return b"".join(b"--seam\r\n" + part + b"\r\n" for part in parts) + end


def field(name: str, value: bytes = b"1") -> bytes:
    """A part that is a text field."""
    return b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name.encode(), value)


def file(name: str, value: bytes = b"1") -> bytes:
    """A part that is a file."""
    return b'Content-Disposition: form-data; name="%s"; filename="a.jpg"\r\n\r\n%s' % (name.encode(), value)


JSON_BODIES = {
    "nothing": (b"", "The body is empty"),
    "not-json": (b"Zebra7", "not JSON"),
    "cut-off": (b'{"image": "Zeb', "not JSON"),
    "two-documents": (b"{}{}", "not JSON"),
    "bad-utf-8": (b'{"image": "\xff\xfe"}', "not UTF-8"),
    "lone-surrogate": (b'{"image": "\\ud800"}', "not JSON"),
    "byte-order-mark": (b"\xef\xbb\xbf", "The body is empty"),
    "nested-lists": (b"[" * 100_000, "nested too deeply"),
    "nested-objects": (b'{"image":' * 100_000, "nested too deeply"),
    "nan": (b'{"image": "aaaa", "score_th": NaN}', "not JSON"),
    "infinity": (b'{"image": "aaaa", "score_th": Infinity}', "not JSON"),
    "beyond-floats": (b'{"image": "aaaa", "score_th": 1e999}', "not JSON"),
    "null": (b"null", "# must be an object"),
    "list": (b"[]", "# must be an object"),
    "null-image": (b'{"image": null}', "#/image must be text"),
    "number-image": (b'{"image": 7}', "#/image must be text"),
    "unknown-field": (b'{"image": "aaaa", "Zebra7": 1}', "# has unknown fields: it may have image, "),
    "unknown-null": (b'{"image": "aaaa", "Zebra7": null}', "# has unknown fields"),
    "text-number": (b'{"image": "aaaa", "score_th": "Zebra7"}', "#/score_th must be a number or null"),
    "too-much": (b'{"image": "aaaa", "score_th": 1.01}', "#/score_th must be at most 1"),
    "too-little": (b'{"image": "aaaa", "maxResults": 0}', "#/maxResults must be at least 1"),
    "half-a-result": (b'{"image": "aaaa", "maxResults": 1.5}', "#/maxResults must be a whole number or null"),
    "other-word": (b'{"image": "aaaa", "nms": "Zebra7"}', "#/nms must be one of per_class, agnostic"),
    "true-number": (b'{"image": "aaaa", "nms_iou": true}', "#/nms_iou must be a number or null"),
    "long-label": (b'{"image": "aaaa", "type": "%s"}' % (b"Zebra7" * 99), "#/type must have at most 255 characters"),
}


@pytest.mark.parametrize(("body", "detail"), JSON_BODIES.values(), ids=JSON_BODIES)
def test_json(client: httpx.Client, body: bytes, detail: str) -> None:
    """A body of POST /predict that breaks the contract is a 400."""
    check_problem(client.post("/predict", content=body, headers=JSON), 400, detail)


BATCHES: dict[str, tuple[Any, str]] = {
    "no-requests": ({"requests": []}, "#/requests must have at least 1 item"),
    "too-many": ({"requests": [{"image": {"content": "aaaa"}}] * 65}, "#/requests must have at most 64 items"),
    "no-image": ({"requests": [{}]}, "#/requests/0/image is required"),
    "empty-image": ({"requests": [{"image": {}}]}, "#/requests/0/image must have at least 1 of content, source"),
    "two-images": (
        {"requests": [{"image": {"content": "aaaa", "source": {"imageUri": MARK}}}]},
        "#/requests/0/image must have at most 1 of content, source",
    ),
    "no-address": ({"requests": [{"image": {"source": {}}}]}, "#/requests/0/image/source/imageUri is required"),
    "deep-fault": (
        {"requests": [{"image": {"content": "aaaa"}, "features": [{}, {"score_th": -1}]}]},
        "#/requests/0/features/1/score_th must be at least 0",
    ),
    "null-feature": (
        {"requests": [{"image": {"content": "aaaa"}, "features": [None]}]},
        "#/requests/0/features/0 must be an object",
    ),
}


@pytest.mark.parametrize(("body", "detail"), BATCHES.values(), ids=BATCHES)
def test_batch(client: httpx.Client, body: Any, detail: str) -> None:
    """A fault in a batch is a 400 that points at it."""
    check_problem(client.post("/", json=body), 400, detail)


FORMS = {
    "nothing": (b"", FORM, "The body is empty"),
    "no-boundary": (form(file("file")), {"Content-Type": "multipart/form-data"}, "not a complete multipart form"),
    "other-boundary": (b"--other\r\n", FORM, "not a complete multipart form"),
    "cut-off": (form(file("file"), end=b""), FORM, "not a complete multipart form"),
    "no-file": (form(field("type")), FORM, "#/file is required"),
    "empty-file": (form(file("file", b"")), FORM, "#/file must not be empty"),
    "file-as-text": (form(field("file")), FORM, "#/file must be sent as a file: curl --form file=@photo.jpg"),
    "text-as-file": (form(file("file"), file("type")), FORM, "#/type must not be a file"),
    "two-files": (form(file("file"), file("file")), FORM, "#/file must be sent once"),
    "unknown-field": (form(file("file"), field(MARK)), FORM, "# has unknown fields"),
    "unknown-file": (form(file("file"), file(MARK)), FORM, "# has unknown fields"),
    "text-number": (form(file("file"), field("score_th", b"Zebra7")), FORM, "#/score_th must be a number"),
    "nan": (form(file("file"), field("score_th", b"nan")), FORM, "#/score_th must be a number"),
    "too-much": (form(file("file"), field("nms_iou", b"2")), FORM, "#/nms_iou must be at most 1"),
    "huge-number": (form(file("file"), field("maxResults", b"9" * 5000)), FORM, "#/maxResults must be a whole number"),
    "huge-text": (form(field("type", b"a" * 2_000_000)), FORM, "not a complete multipart form"),
    "many-fields": (form(*[field("type")] * 500), FORM, "not a complete multipart form"),
}


@pytest.mark.parametrize(("body", "headers", "detail"), FORMS.values(), ids=FORMS)
def test_form(client: httpx.Client, body: bytes, headers: dict[str, str], detail: str) -> None:
    """A form that breaks the contract is a 400."""
    check_problem(client.post("/predict/upload", content=body, headers=headers), 400, detail)


QUERIES = {
    "nan": ("score_th=nan", "#/score_th must be a number"),
    "infinity": ("score_th=1e999", "#/score_th must be a number"),
    "text": ("score_th=Zebra7", "#/score_th must be a number"),
    "too-much": ("score_th=2", "#/score_th must be at most 1"),
    "half-a-result": ("maxResults=1.5", "#/maxResults must be a whole number"),
    "maybe": ("explain=Zebra7", "#/explain must be true or false"),
    "unknown": ("Zebra7=1", "# has unknown fields"),
    "twice": ("score_th=0.1&score_th=0.2", "#/score_th must be sent once"),
    "many": ("&".join(["score_th=0.1"] * 500), "send fewer"),
    "bad-utf-8": ("type=%ff", "percent-encode"),
}


@pytest.mark.parametrize(("query", "detail"), QUERIES.values(), ids=QUERIES)
def test_query(client: httpx.Client, photo: bytes, query: str, detail: str) -> None:
    """A query that breaks the contract is a 400."""
    check_problem(client.post(f"/predict/image?{query}", content=photo, headers=JPEG), 400, detail)


def test_query_of_an_operation_without_parameters(client: httpx.Client) -> None:
    """A parameter of an operation that has none is a 400."""
    check_problem(client.get("/health/live?Zebra7=1"), 400, "# has unknown fields: it may have none")


@pytest.mark.parametrize(
    "query",
    [
        *("score_th=null", "score_th=.5", "maxResults=%2B3", "type=safetycone", "type=", "score_th=&nms=&units="),
        *(f"explain={word}" for word in ("TRUE", "1", "0", "on", "Off", "yes", "no", "")),
    ],
)
def test_query_in_other_spellings(client: httpx.Client, photo: bytes, query: str) -> None:
    """The word null is null, an empty text is absent, and numbers and booleans may be spelt as languages write them."""
    assert client.post(f"/predict/image?{query}", content=photo, headers=JPEG).status_code == 200


def test_longest_query(client: httpx.Client, photo: bytes) -> None:
    """The longest label and model that the contract allows reach the handler, in any script."""
    query = {"type": "\N{CONSTRUCTION SIGN}" * 255, "model": "\N{CONSTRUCTION SIGN}" * 255}
    response = client.post("/predict/image", params=query, content=photo, headers=JPEG)
    check_problem(response, 422, "No model of this name is loaded")


def test_image_without_bytes(client: httpx.Client) -> None:
    """An empty photo is a 400 that says how to send one."""
    check_problem(client.post("/predict/image", headers=JPEG), 400, "--data-binary")


@pytest.mark.parametrize("body", [b"Zebra7", b"\xff\xd8\xff\xe0", b"GIF89a", b"<svg>Zebra7</svg>"])
def test_bytes_that_are_no_photo(client: httpx.Client, body: bytes) -> None:
    """Bytes that are no photo are a 422 that names the encodings."""
    check_problem(client.post("/predict/image", content=body, headers=JPEG), 422, "JPEG, PNG")


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


def test_lists_every_fault(client: httpx.Client) -> None:
    """All faults are listed at once, each with its place."""
    problem = client.post("/predict", json={"image": 1, "score_th": 2, "nms": MARK, "explain": MARK}).json()
    assert {fault["pointer"] for fault in problem["errors"]} == {"#/image", "#/score_th", "#/nms", "#/explain"}
    assert len(problem["errorMessages"]) == 4
    assert problem["detail"].startswith("The request has 4 faults: ")


@pytest.mark.parametrize(
    "name",
    [
        "\xe9.jpg".encode("latin-1"),
        "写真.jpg".encode("gbk"),
        "写真.jpg".encode("shift-jis"),
        "写真.jpg".encode(),
        b'a\\"b.jpg',
        b"",
    ],
)
def test_names_of_files(client: httpx.Client, photo: bytes, name: bytes) -> None:
    """A file's name may be in any encoding."""
    part = b'Content-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s' % (name, photo)
    assert client.post("/predict/upload", content=form(part), headers=FORM).status_code == 200


def test_empty_fields(client: httpx.Client, photo: bytes) -> None:
    """Fields that a web page leaves empty are absent, as is a file that was not chosen; words are booleans."""
    names = ("type", "model", "score_th", "nms", "maxResults", "units")
    parts = [file("file", photo), *(field(name, b"") for name in names), field("explain", b"on")]
    response = client.post("/predict/upload", content=form(*parts), headers=FORM)
    assert response.status_code == 200
    assert response.json()["explain"]
    nothing = (
        b'Content-Disposition: form-data; name="file"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n'
    )
    check_problem(client.post("/predict/upload", content=form(nothing), headers=FORM), 400, "#/file")


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": lambda body: gzip.compress(body[:100]) + gzip.compress(body[100:]),
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    "identity": lambda body: body,
    "Deflate": lambda body: zlib.compress(body)[2:-4],
}


@pytest.mark.parametrize("coding", CODINGS)
def test_packed_bodies(client: httpx.Client, photo: bytes, photo_base64: str, coding: str) -> None:
    """Any body may be compressed with gzip or deflate."""
    pack = CODINGS[coding]
    packed = {"Content-Encoding": coding}
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
    bomb = gzip.compress(bytes(50_000_000))
    check_problem(client.post("/predict/image", content=bomb, headers=JPEG | packed), 413, "when it is unpacked")


SPELLINGS: dict[str, Callable[[str], str]] = {
    "data": lambda text: f"data:image/jpeg;base64,{text}",
    "url-safe": lambda text: text.replace("+", "-").replace("/", "_"),
    "unpadded": lambda text: text.rstrip("="),
    "lines": lambda text: "\r\n".join(text[start : start + 76] for start in range(0, len(text), 76)),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_base64_in_other_spellings(client: httpx.Client, photo_base64: str, spelling: Callable[[str], str]) -> None:
    """Base64 is accepted in the variants that clients write."""
    response = client.post("/predict", json={"image": spelling(photo_base64)})
    assert response.status_code == 200
    assert response.json() == client.post("/predict", json={"image": photo_base64}).json()


def test_serves_on(client: httpx.Client, photo: bytes) -> None:
    """The next request after all of these is served."""
    assert client.post("/predict/image", content=photo, headers=JPEG).status_code == 200


def check_problem(response: Any, status: int, detail: str) -> None:
    """The response is a complete problem of this status, says this, and repeats nothing of the request."""
    problem = response.json()
    assert response.status_code == problem["status"] == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert detail in problem["detail"]
    assert problem["errorMessages"]
    assert problem["requestId"] == response.headers["X-Request-Id"]
    assert problem["instance"] == f"urn:uuid:{problem['requestId']}"
    assert MARK not in response.text
    assert len(response.content) < 2000
