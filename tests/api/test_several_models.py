"""Several models behind one service, each with its labels and its defaults, over HTTP."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app import create_app
from settings import Settings
from tests.support.ways import find

JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture(scope="module")
def several(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service with the bundled model under two names; german has its own label and a higher threshold."""
    folder = tmp_path_factory.mktemp("models")
    for name in ("english", "german"):
        shutil.copy(bundled / "safetycone.tflite", folder / f"{name}.tflite")
    sidecar = (bundled / "safetycone.yml").read_text("utf-8")
    (folder / "english.yml").write_text(sidecar, "utf-8")
    (folder / "english.txt").write_text("cone", "utf-8")
    stated = "labels: [Leitkegel]\ndefaults: {score_th: 0.7, maxResults: 2}\n"
    (folder / "german.yml").write_text(sidecar + stated, "utf-8")
    with create_app(Settings(models=str(folder), validate_responses=True)).test_client() as client:
        yield client


def test_states_the_source_of_facts(several: TestClient) -> None:
    """GET /models distinguishes labels of a sidecar and of a label file, and names the runtime."""
    english, german = several.get("/models").json()["models"]
    assert (english["labels"], english["sources"]["labels"]) == (["cone"], "label_file")
    assert (german["labels"], german["sources"]["labels"]) == (["Leitkegel"], "sidecar")
    assert german["sources"]["family"] == german["sources"]["normalisation"] == "sidecar"
    assert german["runtime"]["name"] == "litert"
    assert german["runtime"]["threads"] >= 1


def test_lists_the_models_that_find_a_label(several: TestClient) -> None:
    """?label= lists the models that find it, none for an unknown one; no text is no question."""

    def names(**query: str) -> list[str]:
        return [model["name"] for model in several.get("/models", params=query).json()["models"]]

    assert names(label="cone") == ["english"]
    assert names(label="Leitkegel") == ["german"]
    assert names(label="zebra") == names(label="CONE") == []
    assert names(label="") == names() == ["english", "german"]
    assert several.get("/models?label=cone&label=zebra").status_code == 400
    assert several.get("/models?lable=cone").status_code == 400


def test_states_origin_and_licence(several: TestClient, assets: Path, bundled: Path, tmp_path: Path) -> None:
    """A sidecar's origin and licence are shown, else those in the file; what nobody states is absent."""
    [model] = [each for each in several.get("/models").json()["models"] if each["name"] == "german"]
    assert "TraCon" in model["origin"]
    assert "MIT" in model["licence"]
    for name in ("bare", "yolo", "ours"):
        source = bundled / "safetycone.tflite" if name == "bare" else assets / "models" / "yolov8n_int8_224.tflite"
        shutil.copy(source, tmp_path / f"{name}.tflite")
    (tmp_path / "bare.yml").write_text("family: fcos\nlabels: [cone]\nstrides: [8, 16, 32]\n", "utf-8")
    (tmp_path / "ours.yml").write_text("licence: bought\n", "utf-8")
    with create_app(Settings(models=str(tmp_path), validate_responses=True)).test_client() as client:
        bare, ours, yolo = client.get("/models").json()["models"]
    assert not {"origin", "licence"} & bare.keys()
    assert yolo["origin"] == ours["origin"] == "Ultralytics YOLOv8n model trained on coco.yaml"
    assert yolo["licence"] == "AGPL-3.0 License (https://ultralytics.com/license)"
    assert ours["licence"] == "bought"


def test_a_model_may_be_called_default(bundled: Path, tmp_path: Path) -> None:
    """`default` is the model of that name if there is one, even if another is the default model."""
    for name in ("alpha", "default"):
        shutil.copy(bundled / "safetycone.tflite", tmp_path / f"{name}.tflite")
        shutil.copy(bundled / "safetycone.yml", tmp_path / f"{name}.yml")
        (tmp_path / f"{name}.txt").write_text("cone", "utf-8")
    with create_app(Settings(models=str(tmp_path))).test_client() as client:
        assert client.get("/models").json()["models"][0]["name"] == "alpha"
        assert client.get("/models/default").json()["name"] == "default"


def test_a_model_has_its_own_defaults(several: TestClient, photo: bytes) -> None:
    """Options that a request omits come from the model's sidecar, and are listed."""
    assert several.get("/models/english").json()["defaults"]["maxResults"] == 20
    assert several.get("/models/german").json()["defaults"] == {
        "score_th": 0.7,
        "nms_iou": 0.4,
        "nms": "per_class",
        "maxResults": 2,
        "min_height": 0.03,
        "min_width": 0.03,
        "max_height": 1,
        "max_width": 1,
    }
    answer = find(several, photo, model="german", explain=True)
    assert len(answer["normalizedVertices"]) == 2
    [explanation] = answer["explain"]
    assert (explanation["options"]["score_th"], explanation["options"]["maxResults"]) == (0.7, 2)
    assert len(find(several, photo, model="english")["normalizedVertices"]) == 4


def test_a_request_overrides_them(several: TestClient, photo: bytes) -> None:
    """Options that a request states count, even if they equal the service's default; null states nothing."""
    assert len(find(several, photo, model="german", score_th=0.3, maxResults=20)["normalizedVertices"]) == 4
    assert len(find(several, photo, model="german", maxResults=1)["normalizedVertices"]) == 1
    assert len(find(several, photo, model="german", maxResults="null")["normalizedVertices"]) == 2


def test_the_label_finds_the_model(several: TestClient, photo: bytes) -> None:
    """`type` alone chooses the model that knows the label, with that model's defaults."""
    found = find(several, photo, type="Leitkegel")["normalizedVertices"]
    assert [(each["model"], each["name"]) for each in found] == [("german", "Leitkegel")] * 2
    assert several.post("/predict/image?type=zebra", content=photo, headers=JPEG).status_code == 422


def test_features_ask_several_models(several: TestClient, photo_base64: str) -> None:
    """Features of one photo run on their own models, with their own defaults, and give one list, best first."""
    features = [{"type": "cone", "explain": True}, {"model": "german"}, {"type": "Leitkegel", "explain": True}]
    body = {"requests": [{"image": {"content": photo_base64}, "features": features}]}
    [answer] = several.post("/", json=body).json()["responses"]
    found = answer["normalizedVertices"]
    assert sorted(each["model"] for each in found) == ["english"] * 4 + ["german"] * 2
    scores = [each["score"] for each in found]
    assert scores == sorted(scores, reverse=True)
    assert [each["model"] for each in answer["explain"]] == ["english", "german"]
    assert [each["options"]["score_th"] for each in answer["explain"]] == [0.3, 0.7]
