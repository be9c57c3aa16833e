"""handlers/models.py, over HTTP."""

import hashlib
from pathlib import Path

import httpx

MODEL = Path(__file__).parents[2] / "models" / "safetycone.tflite"


def test_lists_the_models(client: httpx.Client) -> None:
    """The bundled model is listed with everything that a caller may want to know about it."""
    [model] = client.get("/models").json()["models"]
    assert model["name"] == "safetycone"
    assert model["labels"] == ["safetycone"]
    assert model["input"]["width"] == model["input"]["height"] > 0
    assert model["digest"] == hashlib.sha256(MODEL.read_bytes()).hexdigest()
    assert model["defaults"]["score_th"] == 0.3


def test_shows_one_model(client: httpx.Client) -> None:
    """A single model is described as it is in the list."""
    assert client.get("/models/safetycone").json() == client.get("/models").json()["models"][0]


def test_shows_the_default_model(client: httpx.Client) -> None:
    """`default` is the default model, whatever its name."""
    assert client.get("/models/default").json() == client.get("/models/safetycone").json()


def test_does_not_find_others(client: httpx.Client) -> None:
    """An unknown model is a 404 that points to the list of models and repeats nothing."""
    response = client.get("/models/zebra")
    assert response.status_code == 404
    assert "GET /models" in response.json()["detail"]
    assert "zebra" not in response.text
