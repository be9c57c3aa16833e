"""Filters by label and by size, by every way to send a photo, over HTTP."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app import create_app
from settings import Settings
from tests.support.ways import WAYS, Options, answer, texts

ALL: Options = {"maxResults": 300, "min_height": 0, "min_width": 0}
EVERY_WAY = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(scope="module")
def client(assets: Path, bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service of two models: `coco`, the default, finds 90 kinds of objects, and `road` finds cones."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copy(assets / "models" / "ssd_mobilenet_v1_coco.tflite", folder / "coco.tflite")
    shutil.copy(assets / "labels" / "coco_90_with_placeholder.txt", folder / "coco.txt")
    shutil.copy(bundled / "safetycone.tflite", folder / "road.tflite")
    shutil.copy(bundled / "safetycone.yml", folder / "road.yml")
    (folder / "road.txt").write_text("cone\n", "utf-8")
    with create_app(Settings(models=str(folder), validate_responses=True)).test_client() as client:
        yield client


@pytest.fixture(scope="module")
def street(assets: Path) -> bytes:
    """A photo of several people, two horses, a car and an umbrella."""
    return (assets / "coco" / "images" / "000000000049.jpg").read_bytes()


def find(client: TestClient, photo: bytes, way: str = "flat", **options: Any) -> dict[str, Any]:
    """The detections of a photo."""
    found = answer(WAYS[way](client, photo, {**ALL, **options}))
    assert "normalizedVertices" in found, found
    return found


def boxes(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The boxes of a response."""
    vertices: list[dict[str, Any]] = found["normalizedVertices"]
    return vertices


def refused(client: TestClient, photo: bytes, way: str, **options: Any) -> tuple[int, str, list[str]]:
    """The status, code and pointers of a problem; for a batch, as if its feature were the body."""
    problem = answer(WAYS[way](client, photo, options))
    pointers = [fault["pointer"].replace("/requests/0/features/0", "") for fault in problem["errors"]]
    return problem["status"], problem["code"], pointers


@EVERY_WAY
def test_types(client: TestClient, street: bytes, way: str) -> None:
    """The labels in `types` are found as they are without the option, and no others; `type` adds one more."""
    every = boxes(find(client, street))
    wanted = [each for each in every if each["name"] in {"horse", "car"}]
    assert 0 < len(wanted) < len(every)
    assert boxes(find(client, street, way, types=["horse", "car"])) == wanted
    assert boxes(find(client, street, way, type="car", types=["horse"])) == wanted
    assert boxes(find(client, street, way, types=[])) == every


@EVERY_WAY
def test_except(client: TestClient, street: bytes, way: str) -> None:
    """Labels in `except` are not found, even if `types` lists them; the others are unchanged."""
    every = boxes(find(client, street))
    others = [each for each in every if each["name"] not in {"person", "car"}]
    assert 0 < len(others) < len(every)
    options = {"except": ["person", "car"]}
    assert boxes(find(client, street, way, **options)) == others
    assert {each["name"] for each in boxes(find(client, street, way, types=["person", "horse"], **options))} == {
        "horse"
    }


@EVERY_WAY
def test_thresholds(client: TestClient, street: bytes, way: str) -> None:
    """A label's own threshold replaces `score_th` for it, higher or lower."""
    thresholds = {"person": 0.6, "horse": 0.25}
    wanted = [
        each
        for each in boxes(find(client, street, score_th=0.25))
        if each["score"] >= thresholds.get(each["name"], 0.5)
    ]
    found = find(client, street, way, score_th=0.5, thresholds=thresholds, explain=True)
    assert boxes(found) == wanted
    assert Counter(each["name"] for each in wanted) != Counter(each["name"] for each in boxes(find(client, street)))
    [explanation] = found["explain"]
    assert explanation["options"]["thresholds"] == thresholds
    assert explanation["candidates"] == sum(explanation["dropped"].values()) + len(wanted)


@EVERY_WAY
@pytest.mark.parametrize("side", ["height", "width"])
def test_max_size(client: TestClient, street: bytes, way: str, side: str) -> None:
    """Boxes above the maximum size are dropped; boxes that they suppressed may come back."""
    limit = sorted(each[side] for each in boxes(find(client, street)))[-4]
    found = find(client, street, way, explain=True, **{f"max_{side}": limit})
    assert boxes(found)
    assert all(each[side] <= limit for each in boxes(found))
    [explanation] = found["explain"]
    assert explanation["options"][f"max_{side}"] == limit
    assert explanation["dropped"]["size"] > 0


@EVERY_WAY
@pytest.mark.parametrize(
    ("options", "pointers"),
    [
        ({"type": "zebra crossing"}, ["#/type"]),
        ({"types": ["person", "zebra crossing", "car", "yak"]}, ["#/types/1", "#/types/3"]),
        ({"except": ["zebra crossing"]}, ["#/except/0"]),
        ({"thresholds": {"person": 0.5, "zebra crossing": 0.5}}, ["#/thresholds/*"]),
        ({"model": "road", "types": ["person"]}, ["#/types/0"]),
        ({"types": ["person", "cone"]}, ["#/types/0", "#/types/1"]),
    ],
)
def test_unknown_labels(client: TestClient, street: bytes, way: str, options: Options, pointers: list[str]) -> None:
    """Each label that no model, or not the chosen one, knows is pointed at, and none is repeated."""
    assert refused(client, street, way, **options) == (422, "unknown-label", pointers)
    assert "zebra" not in WAYS[way](client, street, options).text


@EVERY_WAY
@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"types": ["person"], "except": ["person"]}, "#/except"),
        ({"model": "road", "except": ["cone"]}, "#/except"),
        ({"min_height": 0.5, "max_height": 0.4}, "#/max_height"),
        ({"max_width": 0.02}, "#/max_width"),
    ],
)
def test_contradictions(client: TestClient, street: bytes, way: str, options: Options, pointer: str) -> None:
    """Options that leave nothing to find are refused, including those that contradict a default."""
    assert refused(client, street, way, **options) == (422, "contradicting-options", [pointer])


@EVERY_WAY
def test_labels_choose_the_model(client: TestClient, photo: bytes, way: str) -> None:
    """If a request names no model, the first that knows every label in the options is used."""
    for options in ({"types": ["cone"]}, {"thresholds": {"cone": 0.9}}):
        answered = answer(WAYS[way](client, photo, {**options, "explain": True}))
        assert answered["explain"][0]["model"] == "road"


@pytest.mark.parametrize("way", ["form", "raw"])
@pytest.mark.parametrize(
    "text", ["person", "person:", "person:1.1", "person:-1", "person:nan", ":0.5", "person:0x1", ":1", "=cone:70%"]
)
def test_threshold_texts(client: TestClient, street: bytes, way: str, text: str) -> None:
    """A threshold must be a label, a colon and a score from 0 to 1; anything else is one fault, in words."""
    assert refused(client, street, way, thresholds=[text]) == (400, "invalid-request", ["#/thresholds/0"])
    [fault] = answer(WAYS[way](client, street, {"thresholds": [text]}))["errors"]
    assert fault["detail"] == "must be a label and a score from 0 to 1, such as person:0.7"


@pytest.mark.parametrize("way", ["form", "raw"])
def test_a_label_has_one_threshold(client: TestClient, street: bytes, way: str) -> None:
    """Two thresholds for one label are refused; a score may have any number format."""
    twice = ["person:0.5", "person:0.6"]
    assert refused(client, street, way, thresholds=twice) == (422, "contradicting-options", ["#/thresholds"])
    found = find(client, street, way, thresholds=["person:1e-05", "horse:.5", "car:1", "umbrella:0"], explain=True)
    [explanation] = found["explain"]
    assert explanation["options"]["thresholds"] == {"person": 1e-05, "horse": 0.5, "car": 1, "umbrella": 0}


@pytest.mark.parametrize("way", ["batch", "flat"])
@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"types": "person"}, "#/types"),
        ({"types": [7]}, "#/types/0"),
        ({"types": [""]}, "#/types/0"),
        ({"types": ["person"] * 101}, "#/types"),
        ({"thresholds": {"person": 1.1}}, "#/thresholds/*"),
        ({"thresholds": {"person": None}}, "#/thresholds/*"),
        ({"thresholds": ["person:0.5"]}, "#/thresholds"),
        ({"max_height": 1.1}, "#/max_height"),
    ],
)
def test_json_is_checked(client: TestClient, street: bytes, way: str, options: Options, pointer: str) -> None:
    """JSON that the contract forbids is a 400 that points at the fault."""
    response = WAYS[way](client, street, options)
    [fault] = response.json()["errors"]
    assert (response.status_code, fault["pointer"].replace("/requests/0/features/0", "")) == (400, pointer)


@pytest.mark.parametrize("way", ["form", "raw"])
def test_many_labels(client: TestClient, street: bytes, way: str) -> None:
    """Forms and queries accept as many labels as the contract allows."""
    labels = ["person"] * 100
    found = find(client, street, way, types=labels, thresholds={f"{name}": 0.1 for name in ("person", "car")})
    assert {each["name"] for each in boxes(found)} == {"person"}


def test_a_batch_points_at_the_feature(client: TestClient, photo_base64: str) -> None:
    """Each feature of a batch has its own options; a fault in one affects its photo alone, and is pointed at."""
    image = {"content": photo_base64}
    features = [[{"types": ["cone"]}], [{}, {"types": ["cone", "yak"]}], [{"model": "road", "except": ["cone"]}]]
    body = {"requests": [{"image": image, "features": each} for each in features]}
    first, second, third = client.post("/", json=body).json()["responses"]
    assert first["normalizedVertices"]
    assert [fault["pointer"] for fault in second["error"]["errors"]] == ["#/requests/1/features/1/types/1"]
    assert [fault["pointer"] for fault in third["error"]["errors"]] == ["#/requests/2/features/0/except"]


def test_annotate(client: TestClient, street: bytes) -> None:
    """An excluded label is not drawn; the options are those of a form."""

    def draw(**options: Any) -> bytes:
        response = client.post("/annotate", files={"file": street}, data=texts(options))
        assert response.status_code == 200, response.text
        return response.content

    left_out = {"except": ["person"]}
    assert draw(types=["horse", "person"], **left_out) == draw(type="horse") != draw(types=["horse", "person"])
    assert draw(thresholds={"horse": 1}, type="horse") == draw(score_th=1)


def test_explanation_omits_absent_options(client: TestClient, street: bytes) -> None:
    """An explanation omits options that have no default and that the request omits."""
    [explanation] = find(client, street, explain=True)["explain"]
    assert not {"type", "types", "except", "thresholds"} & explanation["options"].keys()
