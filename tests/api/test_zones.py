"""Zones, by every way that takes them, over HTTP."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from starlette.testclient import TestClient

from app import create_app
from settings import Settings
from tests.support.ways import WAYS, Options, answer, texts

LEFT = [(0, 0), (0.5, 0), (0.5, 1), (0, 1)]
BOW = [(0, 0), (1, 1), (1, 0), (0, 1)]
WITH_ZONES = pytest.mark.parametrize("way", ["batch", "flat", "form"])


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A client of a service with the bundled model."""
    with create_app(Settings(validate_responses=True)).test_client() as client:
        yield client


def zone(name: str = "left", corners: Sequence[tuple[float, float]] = LEFT, **more: Any) -> dict[str, Any]:
    """A zone as in a request."""
    return {"name": name, "points": [{"x": x, "y": y} for x, y in corners], **more}


def find(client: TestClient, photo: bytes, way: str = "flat", **options: Any) -> dict[str, Any]:
    """The detections of a photo."""
    found = answer(WAYS[way](client, photo, options))
    assert "normalizedVertices" in found, found
    return found


def bare(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The boxes of a response without their zones."""
    return [{key: value for key, value in box.items() if key != "zones"} for box in found["normalizedVertices"]]


@WITH_ZONES
def test_says_the_zones(client: TestClient, photo: bytes, way: str) -> None:
    """Every detection lists its zones, and is otherwise the same as without zones."""
    plain = find(client, photo)
    assert all("zones" not in box for box in plain["normalizedVertices"])
    found = find(client, photo, way, zones=[zone(), zone("all", [(0, 0), (1, 0), (1, 1), (0, 1)], inside="whole")])
    assert bare(found) == plain["normalizedVertices"]
    for box in found["normalizedVertices"]:
        is_left = box["x"] + box["width"] / 2 < 0.5
        assert box["zones"] == (["left", "all"] if is_left else ["all"])
    assert 0 < sum("left" in box["zones"] for box in found["normalizedVertices"]) < 4


@WITH_ZONES
def test_only_zones(client: TestClient, photo: bytes, way: str) -> None:
    """Detections outside all zones are dropped, and counted."""
    every = find(client, photo, zones=[zone()])["normalizedVertices"]
    found = find(client, photo, way, zones=[zone()], only_zones=True, explain=True)
    assert found["normalizedVertices"] == [box for box in every if box["zones"]]
    [explanation] = found["explain"]
    assert explanation["dropped"]["zones"] == sum(not box["zones"] for box in every) > 0
    assert explanation["candidates"] == sum(explanation["dropped"].values()) + len(found["normalizedVertices"])
    assert explanation["options"]["zones"] == ["left"]
    assert explanation["options"]["only_zones"] is True


@WITH_ZONES
def test_inside(client: TestClient, photo: bytes, way: str) -> None:
    """A box across a zone's side is inside by its centre, by its share, and not as a whole."""
    box = find(client, photo)["normalizedVertices"][0]
    side = box["x"] + 0.75 * box["width"]
    corners = [(0.0, 0.0), (side, 0.0), (side, 1.0), (0.0, 1.0)]
    ways: dict[str, Options] = {
        "center": {},
        "any": {"inside": "overlap"},
        "0.74": {"inside": "overlap", "min_share": 0.74},
        "0.76": {"inside": "overlap", "min_share": 0.76},
        "whole": {"inside": "whole"},
    }
    found = find(client, photo, way, zones=[zone(name, corners, **more) for name, more in ways.items()])
    assert found["normalizedVertices"][0]["zones"] == ["center", "any", "0.74"]


@WITH_ZONES
def test_own_rules(client: TestClient, photo: bytes, way: str) -> None:
    """A zone's thresholds apply inside it, lower or higher than those for the whole photo."""
    low = find(client, photo, score_th=0.1, min_height=0, min_width=0, maxResults=300)["normalizedVertices"]
    left = [box for box in low if box["x"] + box["width"] / 2 < 0.5]
    for rules in ({"score_th": 0.1}, {"thresholds": {"safetycone": 0.1}}, {"types": ["safetycone"], "score_th": 0.1}):
        found = find(client, photo, way, score_th=0.99, min_height=0, min_width=0, zones=[zone(**rules)])
        assert bare(found) == left
    choosy = find(client, photo, way, zones=[zone(score_th=0.999)])
    assert bare(choosy) == find(client, photo)["normalizedVertices"]
    assert all(box["zones"] == [] for box in choosy["normalizedVertices"])


def test_a_form_takes_zones_in_one_part(client: TestClient, photo: bytes) -> None:
    """All zones may be one JSON list, as pages send it; parts may have the media type of JSON."""
    zones = [zone(), zone("right", [(0.5, 0), (1, 0), (1, 1), (0.5, 1)])]
    expected = find(client, photo, zones=zones)
    texts = json.dumps(zones), *map(json.dumps, zones)
    for parts in ([texts[0]], list(texts[1:])):
        files = [("file", ("photo.jpg", photo)), *(("zones", (None, part, "application/json")) for part in parts)]
        assert client.post("/predict/upload", files=files).json() == expected
    files = [("file", ("photo.jpg", photo)), ("zones", (None, "Zebra7"))]
    response = client.post("/predict/upload", files=files)
    assert response.status_code == 400
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["#/zones"]


def test_features_have_their_own_zones(client: TestClient, photo: bytes, photo_base64: str) -> None:
    """A detection of several features is listed once, with the zones of all; photos of a batch share no zones."""
    features = [{"zones": [zone("one"), zone("two")]}, {}, {"zones": [zone("three"), zone("one")], "score_th": 0.5}]
    image = {"content": photo_base64}
    body = {"requests": [{"image": image, "features": features}, {"image": image, "features": [{}]}]}
    first, second = client.post("/", json=body).json()["responses"]
    plain = find(client, photo)["normalizedVertices"]
    assert bare(first) == plain == second["normalizedVertices"]
    for box in first["normalizedVertices"]:
        left, sure = box["x"] + box["width"] / 2 < 0.5, box["score"] >= 0.5
        assert box["zones"] == (["one", "two", "three"] if left and sure else ["one", "two"] if left else [])


@WITH_ZONES
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"zones": [zone(corners=LEFT[:2])]}, (400, "invalid-request", "#/zones/0/points")),
        ({"zones": [zone(corners=[(0, 0)] * 3000)]}, (400, "invalid-request", "#/zones/0/points")),
        ({"zones": [zone(corners=[(0, 0), (1.1, 0), (0, 1)])]}, (400, "invalid-request", "#/zones/0/points/1/x")),
        ({"zones": [zone(corners=[(0, 0), (-0.1, 0), (0, 1)])]}, (400, "invalid-request", "#/zones/0/points/1/x")),
        ({"zones": [zone(str(index)) for index in range(17)]}, (400, "invalid-request", "#/zones")),
        ({"zones": [zone(inside="out")]}, (400, "invalid-request", "#/zones/0/inside")),
        ({"zones": [zone(colour="red")]}, (400, "invalid-request", "#/zones/0")),
        ({"zones": [{"name": "left"}]}, (400, "invalid-request", "#/zones/0/points")),
        ({"zones": [{"points": zone()["points"]}]}, (400, "invalid-request", "#/zones/0/name")),
        ({"zones": [zone(), zone("bow", BOW)]}, (422, "unusable-zone", "#/zones/1/points")),
        ({"zones": [zone(corners=[(0, 0), (0.5, 0.5), (1, 1)])]}, (422, "unusable-zone", "#/zones/0/points")),
        ({"zones": [zone("a"), zone("b"), zone("a")]}, (422, "unusable-zone", "#/zones/2/name")),
        ({"zones": [zone(), zone("b", types=["safetycone", "Zebra7"])]}, (422, "unknown-label", "#/zones/1/types/1")),
        ({"zones": [zone(thresholds={"Zebra7": 0.5})]}, (422, "unknown-label", "#/zones/0/thresholds/*")),
        ({"only_zones": True}, (422, "contradicting-options", "#/only_zones")),
        ({"only_zones": True, "zones": []}, (422, "contradicting-options", "#/only_zones")),
    ],
)
def test_refuses(client: TestClient, photo: bytes, way: str, options: Options, expected: tuple[int, str, str]) -> None:
    """An invalid zone is refused with the broken rule and its place; nothing is repeated."""
    response = WAYS[way](client, photo, options)
    problem = answer(response)
    pointer = problem["errors"][0]["pointer"].replace("/requests/0/features/0", "")
    assert (problem["status"], problem["code"], pointer) == expected
    assert "Zebra7" not in response.text


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", '"0.5"', "null", "true"])
def test_refuses_infinite_corners(client: TestClient, photo: bytes, number: str) -> None:
    """A corner is two finite numbers."""
    text = json.dumps([zone()]).replace("0.5", number)
    response = client.post("/predict/upload", files={"file": photo}, data={"zones": text})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"].startswith("#/zones")


def test_a_query_has_no_zones(client: TestClient, photo: bytes) -> None:
    """A query with zones is refused."""
    for query in ("zones=%5B%5D", "only_zones=true"):
        response = client.post(f"/predict/image?{query}", content=photo)
        assert (response.status_code, "unknown fields" in response.json()["detail"]) == (400, True)


def test_annotate(client: TestClient, photo: bytes) -> None:
    """Zones are outlined, and detections outside them are not drawn if only_zones is set."""

    def draw(**options: Any) -> bytes:
        response = client.post("/annotate", files={"file": photo}, data=texts(options))
        assert response.status_code == 200, response.text
        return response.content

    drawings = [draw(), draw(zones=[zone()]), draw(zones=[zone()], only_zones=True)]
    assert len(set(drawings)) == 3


def test_the_most_zones(client: TestClient, photo: bytes) -> None:
    """The maximum number of zones with the maximum number of corners is accepted."""
    corners = [(step / 64, (step % 2) * 0.5) for step in range(62)] + [(1.0, 1.0), (0.0, 1.0)]
    zones = [zone(f"zone {index}", corners, inside="overlap", score_th=0) for index in range(16)]
    found = find(client, photo, zones=zones, only_zones=True, score_th=0, nms_iou=1, maxResults=300)
    assert len(found["normalizedVertices"]) == 300


@pytest.mark.parametrize("name", ["types", "except", "thresholds", "zones"])
def test_null_is_absent(client: TestClient, photo: bytes, name: str) -> None:
    """In forms and queries, too, a list that is null is absent."""
    plain = find(client, photo)
    assert client.post("/predict/upload", files={"file": photo}, data={name: "null"}).json() == plain
    if name != "zones":
        assert client.post(f"/predict/image?{name}=null", content=photo).json() == plain
