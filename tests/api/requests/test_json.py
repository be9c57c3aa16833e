"""JSON bodies that break the contract: each fault is a 400 that points at it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.problems import JSON, MARK, check_problem

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
    "batch": (b'{"requests": [{"image": {"content": "aaaa"}}]}', "# has the fields of POST /: send it there"),
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
    "one-photo": ({"image": "aaaa", "score_th": 0.5}, "# has the fields of POST /predict: send it there"),
    "null-feature": (
        {"requests": [{"image": {"content": "aaaa"}, "features": [None]}]},
        "#/requests/0/features/0 must be an object",
    ),
}


@pytest.mark.parametrize(("body", "detail"), BATCHES.values(), ids=BATCHES)
def test_batch(client: httpx.Client, body: Any, detail: str) -> None:
    """A fault in a batch is a 400 that points at it."""
    check_problem(client.post("/", json=body), 400, detail)


def test_lists_every_fault(client: httpx.Client) -> None:
    """All faults are listed at once, each with its place."""
    problem = client.post("/predict", json={"image": 1, "score_th": 2, "nms": MARK, "explain": MARK}).json()
    assert {fault["pointer"] for fault in problem["errors"]} == {"#/image", "#/score_th", "#/nms", "#/explain"}
    assert len(problem["errorMessages"]) == 4
    assert problem["detail"].startswith("The request has 4 faults: ")


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
