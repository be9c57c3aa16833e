"""GET /detectors, POST /detect and POST /image, for clients of DOODS."""

import io
from typing import Any

import httpx
import pytest
from PIL import Image


def detect(client: httpx.Client, **request: Any) -> list[dict[str, Any]]:
    """The detections for a request, which must be a 200."""
    response = client.post("/detect", json=request)
    assert response.status_code == 200, response.text
    return response.json()["detections"]


def test_lists_detectors(others: httpx.Client) -> None:
    """Each model is a detector; the default model is also listed as `default`."""
    detectors = others.get("/detectors").json()["detectors"]
    assert [each["name"] for each in detectors] == ["safetycone", "default"]
    assert all(each["labels"] == ["safetycone"] and each["width"] == each["height"] > 0 for each in detectors)


def test_gives_the_same_boxes(others: httpx.Client, photo_base64: str) -> None:
    """Boxes equal those of POST /predict, as sides; confidences are percentages; the id comes back."""
    expected = others.post("/predict", json={"image": photo_base64, "score_th": 0.5}).json()["normalizedVertices"]
    answer = others.post("/detect", json={"id": "7", "data": photo_base64, "detect": {"*": 50}}).json()
    assert answer["id"] == "7"
    assert len(answer["detections"]) == len(expected) == 4
    for each, box in zip(answer["detections"], expected, strict=True):
        assert (each["label"], each["confidence"]) == (box["name"], pytest.approx(box["score"] * 100))
        assert (each["left"], each["top"]) == (box["x"], box["y"])
        assert each["right"] == pytest.approx(box["x"] + box["width"])
        assert each["bottom"] == pytest.approx(box["y"] + box["height"])


def test_confidence_of_each_label(others: httpx.Client, photo_base64: str) -> None:
    """A label's own confidence counts, else the one for all labels; labels that are not requested are omitted."""
    counts = [
        len(detect(others, data=photo_base64, detector_name=name, detect=labels, preprocess=["grayscale"]))
        for name, labels in (
            ("default", {"safetycone": 80}),
            ("safetycone", {"*": 10, "safetycone": 80}),
            ("", {"person": 10}),
        )
    ]
    assert counts == [3, 3, 0]


def test_regions(others: httpx.Client, photo_base64: str) -> None:
    """A region selects the objects inside it, or touching it, and is named in the response."""
    half = {"id": "left", "top": 0, "left": 0, "bottom": 1, "right": 0.38, "detect": {"*": 50}}
    touching = detect(others, data=photo_base64, regions=[half])
    inside = detect(others, data=photo_base64, regions=[half | {"covers": True}])
    assert 4 > len(touching) > len(inside)
    assert {each["region_id"] for each in touching} == {"left"}
    assert all(each["right"] <= 0.38 for each in inside)


def test_image(others: httpx.Client, photo_base64: str) -> None:
    """The annotated photo has the photo's size."""
    for labels in ({"*": 50}, {"safetycone": 50}, {"person": 50}, {}):
        response = others.post("/image", json={"data": photo_base64, "detect": labels})
        assert response.headers["Content-Type"] == "image/jpeg"
        with Image.open(io.BytesIO(response.content)) as image:
            assert image.size == (480, 320)


def test_takes_an_auth_key(guarded: httpx.Client) -> None:
    """The token may come in DOODS's header; without it, the problem has the member `error`."""
    assert guarded.get("/detectors", headers={"doods-auth-key": "open-sesame"}).status_code == 200
    response = guarded.get("/detectors", headers={"doods-auth-key": "guess"})
    assert response.status_code == 401
    assert response.json()["error"] == response.json()["detail"]


def test_refuses(others: httpx.Client) -> None:
    """An unusable photo or detector is an error that says so."""
    for request in ({"data": "aGVsbG8="}, {"data": "aGVsbG8=", "detector_name": "zebra"}):
        response = others.post("/detect", json=request)
        assert response.status_code == 422
        assert response.json()["error"]
