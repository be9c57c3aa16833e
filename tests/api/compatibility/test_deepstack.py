"""POST /v1/vision/detection and its kin, for clients of DeepStack and CodeProject.AI."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageOps

from tests.support.encoding import encode

DEEPSTACK = "/v1/vision/detection"


def predictions(client: httpx.Client, photo: bytes, **fields: Any) -> list[dict[str, Any]]:
    """The predictions for a form of DeepStack's kind, which must be a 200."""
    response = client.post(DEEPSTACK, files={"image": photo}, data=fields)
    assert response.status_code == 200, response.text
    assert response.json()["success"] is True
    return response.json()["predictions"]


def test_gives_whole_pixels(others: httpx.Client, photo: bytes) -> None:
    """Boxes equal those of POST /predict/upload, rounded to pixels, best first."""
    found = predictions(others, photo)
    pixels = others.post("/predict/upload", files={"file": photo}, data={"units": "pixel", "score_th": 0.4}).json()
    assert len(found) == len(pixels["normalizedVertices"]) == 4
    for each, box in zip(found, pixels["normalizedVertices"], strict=True):
        assert (each["label"], each["confidence"]) == (box["name"], box["score"])
        sides = (each["x_min"], each["y_min"], each["x_max"], each["y_max"])
        wanted = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
        assert sides == pytest.approx(wanted, abs=0.51)
        assert all(type(side) is int for side in sides)
    confidences = [each["confidence"] for each in found]
    assert confidences == sorted(confidences, reverse=True)


def test_measures_the_upright_photo(others: httpx.Client, bundled: Path) -> None:
    """Pixels refer to the upright photo, not to the photo as it is stored."""
    with Image.open(bundled / "example.jpg") as image:
        stored = image.transpose(Image.Transpose.ROTATE_90)
        exif = stored.getexif()
        exif[0x0112] = 6
        held = encode(stored, "PNG", exif=exif)
        upright = encode(ImageOps.exif_transpose(image), "PNG")
    assert predictions(others, held) == predictions(others, upright)


@pytest.mark.parametrize(
    ("fields", "lowest"), [({}, 0.4), ({"min_confidence": "0.7"}, 0.7), ({"min_confidence": 0}, 0)]
)
def test_min_confidence(others: httpx.Client, photo: bytes, fields: dict[str, Any], lowest: float) -> None:
    """No prediction is below min_confidence; DeepStack's default is 0.4; 0 is accepted and means 0."""
    found = predictions(others, photo, **fields)
    assert found
    assert all(each["confidence"] >= lowest for each in found)
    assert any(each["confidence"] < 0.2 for each in found) == (lowest == 0)


def test_gives_no_more_than_clients_can_take(others: httpx.Client, photo: bytes) -> None:
    """There are 20 predictions at most: Frigate's plugin has room for 20 and fails with more."""
    form = {"score_th": 0, "min_width": 0, "min_height": 0, "maxResults": 300}
    more = others.post("/predict/upload", files={"file": photo}, data=form).json()["normalizedVertices"]
    found = predictions(others, photo, min_confidence=0)
    assert len(more) > len(found) == 20
    assert [each["confidence"] for each in found] == [each["score"] for each in more[:20]]


def test_takes_an_api_key(guarded: httpx.Client, photo: bytes) -> None:
    """The token is a field of the form; without it, the problem is also DeepStack's error."""
    assert len(predictions(guarded, photo, api_key="open-sesame")) == 4
    for fields in ({}, {"api_key": ""}, {"api_key": "guess"}):
        response = guarded.post(DEEPSTACK, files={"image": photo}, data=fields)
        assert response.status_code == 401
        assert response.json()["success"] is False
        assert response.json()["error"] == response.json()["detail"] == "Send a valid token in the field api_key."


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"api_key": "open-sesame", "admin_key": ""}},
        {"data": {"admin_key": "open-sesame"}},
        {"headers": {"X-Api-Token": "open-sesame"}},
    ],
)
def test_lists_models_for_a_key(guarded: httpx.Client, photo: bytes, sent: dict[str, Any]) -> None:
    """The token is a field of the form, by either name, or the header; without it, nothing is listed."""
    answer = guarded.post("/v1/vision/custom/list", **sent)
    assert (answer.status_code, answer.json()["models"]) == (200, ["safetycone"])
    for fields, headers in (({}, {}), ({"api_key": "guess"}, {}), ({}, {"X-Api-Token": "guess"})):
        answer = guarded.post("/v1/vision/custom/list", data=fields, headers=headers)
        assert (answer.status_code, answer.json()["success"]) == (401, False)
    assert len(predictions(guarded, photo, admin_key="open-sesame")) == 4


@pytest.mark.parametrize(
    ("files", "fields", "sentence"),
    [
        ({"image": b"no photo"}, {}, "readable photo"),
        ({"image": b"x"}, {"min_confidence": 40}, "#/min_confidence must be at most 1"),
        ({"file": b"x"}, {}, "#/image is required"),
    ],
)
def test_refuses(others: httpx.Client, files: dict[str, bytes], fields: dict[str, Any], sentence: str) -> None:
    """A fault in the request or in its photo is a 400 that DeepStack's clients can read."""
    response = others.post(DEEPSTACK, files=files, data=fields)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["success"] is False
    assert sentence in response.json()["error"]


def test_ignores_other_fields(others: httpx.Client, photo: bytes) -> None:
    """Fields that DeepStack or this server does not know have no effect."""
    assert predictions(others, photo, typedownload="", min_size=["3", "4"]) == predictions(others, photo)


def test_custom_models(others: httpx.Client, photo: bytes) -> None:
    """The address may name a model; an unknown one is a 400 that DeepStack's clients can read."""
    listed = others.post("/v1/vision/custom/list").json()
    assert listed == {"success": True, "models": ["safetycone"], "code": 200}
    expected = predictions(others, photo)
    for name in ("safetycone", "default"):
        answer = others.post(f"/v1/vision/custom/{name}", files={"image": photo}).json()
        assert answer["predictions"] == expected
    response = others.post("/v1/vision/custom/zebra", files={"image": photo})
    assert (response.status_code, response.json()["success"]) == (400, False)


def test_members_of_codeproject(others: httpx.Client, photo: bytes) -> None:
    """The response has the members that CodeProject.AI adds to DeepStack's."""
    answer = others.post(DEEPSTACK, files={"image": photo}).json()
    assert (answer["count"], answer["code"]) == (4, 200)
    assert answer["message"] == "Found safetycone, safetycone, safetycone, safetycone"
    assert 0 <= answer["inferenceMs"] == answer["processMs"] < 60_000
