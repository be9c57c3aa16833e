"""A contract, a setting or a model that cannot be served stops the start with one clear sentence."""

import shutil
from pathlib import Path

import pytest

from app import StartError, create_app
from settings import Settings

ROOT = Path(__file__).parents[2]

MISTAKES = {
    "misspelt-id": (
        "operationId: getModel",
        "operationId: getModle",
        "getModle has no function handlers.models.get_modle",
    ),
    "no-id": ("      operationId: getModel\n", "", "GET /models/{model} has no operationId"),
    "id-twice": (
        "operationId: getModel",
        "operationId: listModels",
        "the operationId listModels is that of #/paths/~1models/get, too",
    ),
    "helper-as-handler": (
        "operationId: getModel",
        "operationId: describeAll",
        "has no function handlers.models.describe",
    ),
    "imported-as-handler": ("operationId: getModel", "operationId: Model", "has no function handlers.models.model"),
    "unknown-tag": ("tags: [models]", "tags: [animals]", "tag animals has no module handlers.animals"),
    "no-tag": ("      tags: [models]\n", "", "GET /models has no tag"),
    "not-yaml": ("openapi: 3.0.3", "openapi: [3.0.3", "this is not YAML"),
    "no-mapping": ("paths:\n", "paths: nowhere\nroutes:\n", "#/paths: this has to be a mapping."),
    "version-3.1": ("openapi: 3.0.3", "openapi: 3.1.0", "#/openapi: this has to be a version from 3.0.0 on"),
    "dangling-answer": (
        "{$ref: '#/components/responses/Live'}",
        "{$ref: '#/components/responses/Alive'}",
        "there is nothing at #/components/responses/Alive. Did you mean `Live`?",
    ),
    "tags-of-nothing": (
        "tags:\n  - name: detection",
        "tags:\n  - detection\n  - name: detection",
        "#/tags/0: this has to be a mapping",
    ),
    "no-answers": (
        "      responses:\n        '200':\n          description: The loaded",
        "      x-answers:\n        '200':\n          description: The loaded",
        "#/paths/~1models/get: this lacks `responses`.",
    ),
    "no-title": ("  title: specsight\n", "", "#/info: this lacks `title`."),
}


@pytest.mark.parametrize(("text", "mistake", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_contract(tmp_path: Path, text: str, mistake: str, sentence: str) -> None:
    """Each mistake in the contract is named."""
    contract = (ROOT / "openapi.yml").read_text("utf-8")
    assert text in contract
    file = tmp_path / "openapi.yml"
    file.write_text(contract.replace(text, mistake, 1), "utf-8")
    with pytest.raises(StartError) as stopped:
        create_app(Settings(), contract_path=file)
    assert sentence in str(stopped.value)
    assert "\n" not in str(stopped.value)


def test_models(tmp_path: Path) -> None:
    """A missing folder, an empty one and one with something other than a model are named, with what to do."""
    with pytest.raises(StartError, match="There is no folder"):
        create_app(Settings(models=str(tmp_path / "nowhere")))
    with pytest.raises(StartError, match=r"There is no model in .*: put a \.tflite file"):
        create_app(Settings(models=str(tmp_path)))
    (tmp_path / "street.tflite").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(StartError, match=r"street\.tflite is a git-lfs pointer"):
        create_app(Settings(models=str(tmp_path)))


def test_default_model(tmp_path: Path) -> None:
    """The named default model comes first; a missing one is named."""
    for name in ("a", "b"):
        for suffix in (".tflite", ".txt", ".yml"):
            shutil.copy(ROOT / "models" / f"safetycone{suffix}", tmp_path / f"{name}{suffix}")
    client = create_app(Settings(models=str(tmp_path), default_model="b")).test_client()
    assert [model["name"] for model in client.get("/models").json()["models"]] == ["b", "a"]
    with pytest.raises(StartError, match=r"There is no c\.tflite"):
        create_app(Settings(models=str(tmp_path), default_model="c"))
