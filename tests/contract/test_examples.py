"""The contract's examples, sent to the service."""

import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from httpx import Response
from PIL import Image
from starlette.testclient import TestClient

from app import create_app
from settings import Settings

ROOT = Path(__file__).parents[2]
COMPONENTS: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))["components"]
SCHEMAS, EXAMPLES = COMPONENTS["schemas"], COMPONENTS["examples"]


def upload(client: TestClient, path: str) -> Response:
    """The response to the example of a form, with the photo as its file."""
    photo = (ROOT / "models" / "example.jpg").read_bytes()
    options = {name: value for name, value in SCHEMAS["UploadRequest"]["example"].items() if name != "file"}
    return client.post(path, files={"file": photo}, data=options)


@pytest.fixture(scope="module")
def client() -> TestClient:
    """A client of a service whose responses are checked against the contract."""
    return create_app(Settings(validate_responses=True, compatibility=True)).test_client()


def test_predict(client: TestClient) -> None:
    """The example of POST /predict finds every cone in its photo."""
    response = client.post("/predict", json=SCHEMAS["PredictRequest"]["example"])
    assert [each["name"] for each in response.json()["normalizedVertices"]] == ["safetycone"] * 4


@pytest.mark.parametrize(("name", "count"), [("Defaults", 4), ("Sure", 3), ("Missing", 4), ("Zone", 3)])
def test_named_examples(client: TestClient, name: str, count: int) -> None:
    """A named example finds the same in a batch; the sure ones, and those in a zone, are fewer."""
    flat, batch = (EXAMPLES[f"{kind}{name}"]["value"] for kind in ("Predict", "Batch"))
    answer = client.post("/predict", json=flat).json()
    assert client.post("/", json=batch).json()["responses"] == [answer]
    assert len(answer["normalizedVertices"]) == count
    assert ("explain" in answer) == (name == "Missing")


def test_detect_batch(client: TestClient) -> None:
    """The example of POST / finds every cone in its photo."""
    response = client.post("/", json=SCHEMAS["BatchRequest"]["example"])
    [answer] = response.json()["responses"]
    assert len(answer["normalizedVertices"]) == 4


def test_predict_upload(client: TestClient) -> None:
    """The example of POST /predict/upload, with the photo as its file, finds every cone."""
    assert len(upload(client, "/predict/upload").json()["normalizedVertices"]) == 4


def test_annotate(client: TestClient) -> None:
    """The example of POST /annotate, with the photo as its file, gives an annotated photo of the same size."""
    with Image.open(io.BytesIO(upload(client, "/annotate").content)) as image:
        assert (image.format, image.size) == ("JPEG", (480, 320))


def test_predict_image(client: TestClient) -> None:
    """POST /predict/image with the example of a feature in its query finds every cone."""
    photo = (ROOT / "models" / "example.jpg").read_bytes()
    response = client.post(
        "/predict/image", params=SCHEMAS["Feature"]["example"], content=photo, headers={"Content-Type": "image/jpeg"}
    )
    assert len(response.json()["normalizedVertices"]) == 4


def test_annotate_like_google_vision(client: TestClient) -> None:
    """The example of Google Cloud Vision's operation finds every cone; its response starts with the first."""
    [answer] = client.post("/v1/images:annotate", json=SCHEMAS["VisionBatchRequest"]["example"]).json()["responses"]
    assert len(answer["localizedObjectAnnotations"]) == 4
    first, shown = answer["localizedObjectAnnotations"][0], SCHEMAS["VisionObject"]["example"]
    assert (first["name"], first["score"]) == (shown["name"], pytest.approx(shown["score"], abs=0.01))
    corners = zip(first["boundingPoly"]["normalizedVertices"], shown["boundingPoly"]["normalizedVertices"], strict=True)
    assert all(corner == pytest.approx(other, abs=0.01) for corner, other in corners)


def test_detect_like_deep_stack(client: TestClient) -> None:
    """The example of DeepStack's operation finds every cone; its response starts with the first."""
    photo = (ROOT / "models" / "example.jpg").read_bytes()
    options = {name: value for name, value in SCHEMAS["DeepStackRequest"]["example"].items() if name != "image"}
    answer = client.post("/v1/vision/detection", files={"image": photo}, data=options).json()
    assert len(answer["predictions"]) == 4
    [shown] = SCHEMAS["DeepStackResponse"]["example"]["predictions"]
    assert answer["predictions"][0].pop("label") == shown.pop("label")
    assert answer["predictions"][0] == pytest.approx(shown, abs=1)


def test_examples_are_the_services_own(client: TestClient) -> None:
    """The examples of responses are the service's own, except for last digits that depend on the processor."""
    answer = client.post("/predict", json=SCHEMAS["PredictRequest"]["example"] | {"explain": True}).json()
    example = SCHEMAS["Detections"]["example"]
    assert answer["image"] == example["image"]
    assert answer["normalizedVertices"][0] == pytest.approx(example["normalizedVertices"][0], abs=0.01)
    [explanation], shown = answer["explain"], SCHEMAS["Explanation"]["example"]
    assert (explanation["options"], explanation["candidates"]) == (shown["options"], shown["candidates"])
    assert explanation["dropped"] == pytest.approx(shown["dropped"], abs=20)
    [model], [shown] = client.get("/models").json()["models"], SCHEMAS["ModelList"]["example"]["models"]
    assert model | {"runtime": shown["runtime"]} == shown  # another machine has other versions and threads
    assert model["runtime"].keys() == shown["runtime"].keys()
    assert SCHEMAS["Model"]["example"] == shown


def test_is_served_as_it_was_written(client: TestClient) -> None:
    """GET /openapi.yml gives the authors' text, including comments and references; see also test_excerpt.py."""
    response = client.get("/openapi.yml")
    assert response.content == (ROOT / "openapi.yml").read_bytes()
    assert response.headers["Content-Type"].startswith("application/yaml")
