"""The options `tiles` and `tile_overlap`, over HTTP."""

import base64
import io
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image, ImageChops

from app import create_app
from settings import Settings
from tests.support.ways import find

JPEG = {"Content-Type": "image/jpeg"}
TIMES = 5


@pytest.fixture(scope="session")
def scene(photo: bytes) -> bytes:
    """The example in a corner of a photo five times as wide and high."""
    image, written = Image.new("RGB", (480 * TIMES, 320 * TIMES), (120, 130, 120)), io.BytesIO()
    image.paste(Image.open(io.BytesIO(photo)), (480, 640))
    image.save(written, "JPEG", quality=95)
    return written.getvalue()


@pytest.fixture(scope="session")
def scene_base64(scene: bytes) -> str:
    """The same as base64."""
    return base64.b64encode(scene).decode()


def batch(client: httpx.Client, content: str, *photos: list[dict[str, Any]]) -> httpx.Response:
    """The response to one photo, each time with other features."""
    requests = [{"image": {"content": content}, "features": features} for features in photos]
    return client.post("/", json={"requests": requests})


def test_finds_small_things(client: httpx.Client, scene: bytes) -> None:
    """Tiles find the cones that are too small in the whole photo."""
    assert not find(client, scene)["normalizedVertices"]
    for tiles in ("auto", "6x6"):
        found = find(client, scene, tiles=tiles)["normalizedVertices"]
        assert len(found) >= 3
        assert min(each["width"] for each in found) < 0.03
        assert all(0.2 < each["x"] < 0.4 and 0.4 < each["y"] < 0.6 for each in found)


def test_all_ways_give_one_answer(client: httpx.Client, scene: bytes, scene_base64: str) -> None:
    """A query, a form, JSON and a batch take tiles and give the same."""
    options = {"tiles": "5x5", "tile_overlap": 0.1, "score_th": 0.4}
    plain = find(client, scene, **options)
    form = client.post("/predict/upload", files={"file": scene}, data=options).json()
    flat = client.post("/predict", json={"image": scene_base64, **options}).json()
    assert plain == form == flat == batch(client, scene_base64, [options]).json()["responses"][0]
    assert plain["normalizedVertices"]


def test_annotates(client: httpx.Client, scene: bytes) -> None:
    """The annotated photo shows the detections in tiles."""
    whole, tiled = (
        Image.open(io.BytesIO(client.post("/annotate", files={"file": scene}, data=data).content))
        for data in ({"tiles": "none"}, {"tiles": "6x6"})
    )
    assert (np.asarray(ImageChops.difference(whole, tiled)) > 60).sum() > 1000


def test_is_explained(client: httpx.Client, scene: bytes) -> None:
    """The explanation states the tiles that `auto` chose, omits the size that tiles replace, and its counts add up."""
    answer = find(client, scene, tiles="auto", explain=True, nms_iou=1)
    [explanation] = answer["explain"]
    options, kept = explanation["options"], len(answer["normalizedVertices"])
    assert (options["tiles"], options["tile_overlap"]) == ("10x6", 0.2)
    assert (options["min_width"], options["min_height"]) == (0, 0)
    assert explanation["candidates"] == 61 * 1344 == sum(explanation["dropped"].values()) + kept
    repeated = find(client, scene, tiles=options["tiles"], nms_iou=1)
    assert repeated["normalizedVertices"] == answer["normalizedVertices"]


def test_none_is_the_default(client: httpx.Client, photo: bytes, photo_base64: str) -> None:
    """Without tiles, and with one tile, the detections are the same; null and an empty text mean absent."""
    plain = find(client, photo)
    assert plain == find(client, photo, tiles="none") == find(client, photo, tiles="", tile_overlap="")
    assert plain == client.post("/predict", json={"image": photo_base64, "tiles": None, "tile_overlap": None}).json()
    assert plain == find(client, photo, tiles="1x1")


@pytest.mark.parametrize("tiles", ["3", "3x", "0x1", "x", "3X2", "3x2x1", "100x1", "Auto", "3x2\n", "many tiles"])
def test_refuses_other_texts(client: httpx.Client, photo: bytes, tiles: str) -> None:
    """Any other text is a 400 with one fault, which says in words what the option may be."""
    response = client.post("/predict/image", params={"tiles": tiles}, content=photo, headers=JPEG)
    assert response.status_code == 400
    assert response.json()["errors"] == [
        {"pointer": "#/tiles", "detail": "must be none, auto, or columns x rows such as 3x2"}
    ]


@pytest.mark.parametrize("overlap", [-0.1, 0.51, "much"])
def test_refuses_overlaps_out_of_range(client: httpx.Client, photo: bytes, overlap: float | str) -> None:
    """An overlap out of its range is a 400 that points at the option."""
    response = client.post("/predict/image", params={"tile_overlap": overlap}, content=photo, headers=JPEG)
    assert response.status_code == 400


def test_one_photo_has_a_limit(client: httpx.Client, scene: bytes) -> None:
    """64 tiles are accepted; more are a 422 that names the limit."""
    assert find(client, scene, tiles="8x8")["normalizedVertices"]
    for path in ("/predict/upload", "/annotate"):
        response = client.post(path, files={"file": scene}, data={"tiles": "13x5"})
        assert (response.status_code, response.json()["code"]) == (422, "too-many-tiles")
        assert "at most 64" in response.json()["detail"]


@pytest.mark.slow
def test_a_batch_has_the_same_limit(client: httpx.Client, photo_base64: str) -> None:
    """The tiles of all photos count, shared ones once; `auto` gets equal parts of the rest."""
    stated, auto = {"tiles": "3x2", "explain": True}, {"tiles": "auto", "explain": True}
    other = {**stated, "tile_overlap": 0.3}
    assert batch(client, photo_base64, *[[stated]] * 10).status_code == 200
    assert batch(client, photo_base64, *[[stated, {**stated, "score_th": 0.5}]] * 10).status_code == 200
    for photos in ([[stated]] * 11, [[stated, other]] * 6):
        response = batch(client, photo_base64, *photos)
        assert (response.status_code, response.json()["code"]) == (422, "too-many-tiles")
    for count, expected in ((1, "3x2"), (16, "2x2"), (64, "none")):
        answers = batch(client, photo_base64, *[[auto]] * count).json()["responses"]
        assert {answer["explain"][0]["options"]["tiles"] for answer in answers} == {expected}
    answers = batch(client, photo_base64, [{"tiles": "10x6"}], [auto]).json()["responses"]
    assert answers[1]["explain"][0]["options"]["tiles"] == "2x2"


def test_a_bad_photo_of_a_batch_needs_none(client: httpx.Client, photo_base64: str) -> None:
    """A photo with an unknown model gets its error, and takes no tiles from the others."""
    wrong = {"tiles": "8x8", "model": "no such model"}
    answers = batch(client, photo_base64, [wrong], [{"tiles": "8x8"}]).json()["responses"]
    assert answers[0]["error"]["code"] == "unknown-model"
    assert answers[1]["normalizedVertices"]


def test_the_operator_sets_the_limit(scene: bytes) -> None:
    """With DETECTOR_MAX_TILES=0 nothing is tiled: `auto` is none, and other tiles are a 422."""
    app = create_app(Settings(max_tiles=0, validate_responses=True))
    with app.test_client(raise_server_exceptions=False) as client:
        answer = find(client, scene, tiles="auto", explain=True)
        assert answer["explain"][0]["options"]["tiles"] == "none"
        response = client.post("/predict/image", params={"tiles": "2x1"}, content=scene, headers=JPEG)
        assert response.json()["code"] == "too-many-tiles"
