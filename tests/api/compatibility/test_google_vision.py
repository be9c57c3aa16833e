"""POST /v1/images:annotate, for clients of Google Cloud Vision."""

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.support.encoding import encode

VISION = "/v1/images:annotate"
LOCALIZE = [{"type": "OBJECT_LOCALIZATION"}]


@pytest.fixture(scope="module")
def edge(bundled: Path) -> bytes:
    """The example photo, cropped so that a cone touches its left and its upper edge."""
    with Image.open(bundled / "example.jpg") as image:
        return encode(image.crop((240, 190, 480, 320)), "PNG")


def vision(client: httpx.Client, *entries: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
    """The responses to requests of Google Cloud Vision's kind, which must be a 200."""
    response = client.post(VISION, json={"requests": entries}, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()["responses"]


def test_gives_the_same_boxes(others: httpx.Client, photo_base64: str) -> None:
    """Objects, scores and corners equal those of POST /predict; corners run clockwise from the top left."""
    [answer] = vision(others, {"image": {"content": photo_base64}, "features": LOCALIZE})
    expected = others.post("/predict", json={"image": photo_base64}).json()["normalizedVertices"]
    assert len(expected) == len(answer["localizedObjectAnnotations"]) == 4
    for each, box in zip(answer["localizedObjectAnnotations"], expected, strict=True):
        assert (each["name"], each["score"]) == (box["name"], box["score"])
        left, top, right, bottom = box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]
        corners = [(corner["x"], corner["y"]) for corner in each["boundingPoly"]["normalizedVertices"]]
        wanted = [(left, top), (right, top), (right, bottom), (left, bottom)]
        assert corners == [pytest.approx(corner) for corner in wanted]


def test_writes_zeros_out(others: httpx.Client, edge: bytes) -> None:
    """A corner at the photo's edge has both coordinates, including a 0, which Google omits."""
    entry = {"image": {"content": base64.b64encode(edge).decode()}, "features": LOCALIZE}
    [answer] = vision(others, entry)
    corners = [
        corner for each in answer["localizedObjectAnnotations"] for corner in each["boundingPoly"]["normalizedVertices"]
    ]
    assert all(corner.keys() == {"x", "y"} for corner in corners)
    assert 0 in {corner["x"] for corner in corners} | {corner["y"] for corner in corners}


@pytest.mark.parametrize("kind", ["OBJECT_LOCALIZATION", 19])
def test_max_results(others: httpx.Client, photo_base64: str, kind: str | int) -> None:
    """The best come first, no more than maxResults; a feature may be a name or a number; 0 means the default."""
    counts = [
        len(
            vision(
                others,
                {"image": {"content": photo_base64}, "features": [{"type": kind, "maxResults": most}]},
            )[0]["localizedObjectAnnotations"]
        )
        for most in (1, 2, 0, 1000)
    ]
    assert counts == [1, 2, 4, 4]


def test_answers_in_order_despite_errors(others: httpx.Client, photo_base64: str) -> None:
    """An unusable photo or feature has a google.rpc.Status in its place; the others are answered."""
    good = {"image": {"content": photo_base64}, "features": LOCALIZE}
    answers = vision(
        others,
        good,
        {"image": {"content": "aGVsbG8="}, "features": LOCALIZE},
        {"image": {}, "features": LOCALIZE},
        {"image": {"source": {"imageUri": "http://127.0.0.1/street.jpg"}}, "features": LOCALIZE},
        {"image": {"content": photo_base64}, "features": [{"type": "LABEL_DETECTION"}]},
        good,
    )
    assert answers[0] == answers[-1]
    assert len(answers[0]["localizedObjectAnnotations"]) == 4
    assert [answer["error"]["code"] for answer in answers[1:-1]] == [3, 3, 3, 12]
    sentences = ["readable photo", "has no bytes", "fetches no photos", "OBJECT_LOCALIZATION alone"]
    for answer, sentence in zip(answers[1:-1], sentences, strict=True):
        assert answer.keys() == {"error"}
        assert sentence in answer["error"]["message"]


def test_unoffered_feature_beside_another(others: httpx.Client, photo_base64: str) -> None:
    """A feature that is not offered has its error beside the objects that another one finds."""
    features = [{"type": "LABEL_DETECTION"}, *LOCALIZE]
    [answer] = vision(others, {"image": {"content": photo_base64}, "features": features})
    assert answer["error"]["code"] == 12
    assert len(answer["localizedObjectAnnotations"]) == 4


def test_snake_case(others: httpx.Client, photo_base64: str) -> None:
    """Members may be in snake case, as protobuf's JSON allows; unknown members are ignored."""
    feature = {"type": "OBJECT_LOCALIZATION", "max_results": 2}
    photo = {"content": photo_base64, "source": {"gcs_image_uri": "gs://bucket/street.jpg"}}
    [answer] = vision(others, {"image": photo, "features": [feature], "image_context": {}})
    assert len(answer["localizedObjectAnnotations"]) == 2
    source = {"source": {"image_uri": "http://127.0.0.1/street.jpg"}}
    [answer] = vision(others, {"image": source, "features": [feature]})
    assert "has no bytes" not in answer["error"]["message"]


@pytest.mark.parametrize(("name", "count"), [("maxResults", "2"), ("max_results", "2"), ("maxResults", "9999999999")])
def test_numbers_as_text(others: httpx.Client, photo_base64: str, name: str, count: str) -> None:
    """A number may be a text, as protobuf's JSON allows; what is no number is refused."""
    feature = {"type": "OBJECT_LOCALIZATION", name: count}
    [answer] = vision(others, {"image": {"content": photo_base64}, "features": [feature]})
    found = answer["localizedObjectAnnotations"]
    assert len(found) == 2 if count == "2" else len(found) > 2
    request = {"image": {"content": photo_base64}, "features": [feature | {name: "two"}]}
    assert others.post(VISION, json={"requests": [request]}).status_code == 400


def test_takes_the_key_in_the_query(guarded: httpx.Client, others: httpx.Client, photo_base64: str) -> None:
    """The query may hold the key, and everything else that Google's clients put there."""
    body = {"requests": [{"image": {"content": photo_base64}, "features": LOCALIZE}]}
    query = {"alt": "json", "prettyPrint": "false", "fields": "responses", "quotaUser": "me", "$.xgafv": "2"}
    for client, key, status in ((guarded, "open-sesame", 200), (guarded, "guess", 401), (others, "guess", 200)):
        assert client.post(VISION, params=query | {"key": key}, json=body).status_code == status


@pytest.mark.parametrize("feature", [{"type": None}, {"type": {}}, {}])
def test_feature_of_no_kind(others: httpx.Client, photo_base64: str, feature: dict[str, Any]) -> None:
    """A feature without a type, or with one that is neither text nor number, counts as one that is not offered."""
    [answer] = vision(others, {"image": {"content": photo_base64}, "features": [feature]})
    assert answer["error"]["code"] == 12


def test_content_wins(others: httpx.Client, photo_base64: str) -> None:
    """If there is a content, the source does not count; other members that Google accepts do no harm."""
    entry = {
        "image": {"content": photo_base64, "source": {"gcsImageUri": "gs://bucket/street.jpg"}},
        "features": [{"type": "OBJECT_LOCALIZATION", "model": "builtin/latest"}],
        "imageContext": {"languageHints": ["de"]},
    }
    response = others.post(VISION, params={"$alt": "json;enum-encoding=int"}, json={"requests": [entry]})
    assert len(response.json()["responses"][0]["localizedObjectAnnotations"]) == 4


def test_takes_an_api_key(guarded: httpx.Client, photo_base64: str) -> None:
    """A token may come in Google's header or in ours; without one, the problem is also Google's error."""
    entry = {"image": {"content": photo_base64}, "features": LOCALIZE}
    for header in ("X-Goog-Api-Key", "X-Api-Token"):
        assert vision(guarded, entry, **{header: "open-sesame"})
    for headers in ({}, {"X-Goog-Api-Key": "guess"}):
        response = guarded.post(VISION, json={"requests": [entry]}, headers=headers)
        assert response.status_code == 401
        assert response.json()["error"] == {
            "code": 401,
            "message": response.json()["detail"],
            "status": "UNAUTHENTICATED",
        }


def test_refuses_faulty_envelopes(others: httpx.Client) -> None:
    """A fault in the envelope is a problem that is also Google's error."""
    problem = others.post(VISION, json={"requests": [{"image": {}}]}).json()
    assert problem["errors"] == [{"pointer": "#/requests/0/features", "detail": "is required"}]
    assert problem["error"]["status"] == "INVALID_ARGUMENT"
    assert "features is required" in problem["error"]["message"]
