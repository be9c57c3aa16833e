"""The client in each language calls every operation of the running service."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.support.programs import BUILDS, TOKEN, Programs, run
from tests.support.server import PATIENCE, ROOT, Server
from tests.support.tools import needs

pytestmark = needs((ROOT / ".venv" / "installed-contract").is_file(), "the generators: scripts/install contract")

CONTRACT = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))
OPERATIONS = {
    operation["operationId"]
    for path in CONTRACT["paths"].values()
    for operation in path.values()
    if operation["tags"] != ["compatibility"]
}
LEFT = [(0, 0), (0.6, 0), (0.6, 1), (0, 1)]
RIGHT = [(0.6, 0), (1, 0), (1, 1), (0.6, 1)]
SOME = {"score_th": "0.5", "nms": "agnostic", "maxResults": "2", "units": "pixel", "explain": "true"}


def expected(server: Server, token: str, photo: Path, label: str) -> dict[str, Any]:
    """The results that the programs must print, by plain HTTP."""

    def post(path: str, **arguments: Any) -> Any:
        answer = requests.post(f"{server.url}{path}", headers={"X-Api-Token": token}, timeout=PATIENCE, **arguments)
        assert answer.ok, answer.text
        return answer.json()

    def found(answer: Any) -> list[list[object]]:
        return [[each["name"], each["score"]] for each in answer["normalizedVertices"]]

    def located(answer: Any) -> list[list[object]]:
        return [[each["score"], each["zones"]] for each in answer["normalizedVertices"]]

    def options(answer: Any) -> list[object]:
        vertices = answer["normalizedVertices"]
        return [len(vertices), vertices[0]["x"], answer["explain"][0]["dropped"]["maxResults"]]

    content = photo.read_bytes()
    models = requests.get(f"{server.url}/models", headers={"X-Api-Token": token}, timeout=PATIENCE).json()["models"]
    all_ = found(post("/predict/upload", files={"file": content}))
    sure = found(post("/predict", json={"image": base64.b64encode(content).decode(), "score_th": 0.7}))
    base64_content = base64.b64encode(content).decode()
    left, right = ([{"x": x, "y": y} for x, y in corners] for corners in (LEFT, RIGHT))
    zones = [
        {"name": "left", "points": left, "inside": "overlap", "min_share": 0.3, "thresholds": {label: 0.3}},
        {"name": "right", "points": right, "types": [label]},
    ]
    filters = {"types": [label], "thresholds": {label: 0.4}, "max_height": 0.95}
    located_in = located(
        post("/predict", json={"image": base64_content, **filters, "zones": zones, "only_zones": True})
    )
    assert located_in
    query = {"types": label, "thresholds": f"{label}:0.4", "max_height": 0.95}
    upload = SOME | {"type": label, "min_width": "0"}
    return {
        "predict": sure,
        "predictUpload": all_,
        "predictUploadOptions": options(post("/predict/upload", files={"file": content}, data=upload)),
        "predictImage": all_,
        "predictImageOptions": options(post("/predict/image", params=SOME, data=content)),
        "detectBatch": [len(sure), 422],
        "annotate": "ffd8",
        "listModels": [model["name"] for model in models],
        "getModel": models[0]["labels"],
        "getLiveness": "ok",
        "getMetrics": True,
        "getReadiness": "ok",
        "predictFilters": located_in,
        "detectBatchFilters": located_in,
        "predictUploadFilters": located_in,
        "predictImageFilters": found(post("/predict/image", params=query, data=content)),
        "leftOut": [422, 422, 422],
        "listModelsByLabel": [[model["name"] for model in models], 0],
        "problem": [422, 422],
        "refused": [401, 401] if token else [],
    }


@pytest.mark.parametrize("language", BUILDS)
def test_calls(
    request: pytest.FixtureRequest,
    programs: Programs,
    services: dict[str, Server],
    language: str,
    tmp_path: Path,
) -> None:
    """Every operation gives the same as by plain HTTP: with a token and without, and with a public model.

    The program in docs/clients prints what is found, and a problem's sentence.
    """
    example = ROOT / "models" / "example.jpg"
    calls, detect = programs(language)["calls"], programs(language)["detect"]
    for token, server in services.items():
        printed = json.loads(run(*calls, server.url, token, example, "pylon", cwd=tmp_path))
        assert printed == expected(server, token, example, "pylon")

    address = {"SPECSIGHT_URL": services[TOKEN].url, "SPECSIGHT_TOKEN": TOKEN}
    lines = run(*detect, example, cwd=tmp_path, **address).splitlines()
    assert [line.split()[0] for line in lines] == ["pylon"] * 4
    with pytest.raises(AssertionError, match="not a readable photo"):
        run(*detect, ROOT / "LICENSE", cwd=tmp_path, **address)

    assets, public = request.getfixturevalue("assets"), request.getfixturevalue("public")
    cat = assets / "formats" / "cat_720p.jpg"
    assert json.loads(run(*calls, public.url, "", cat, "cat", cwd=tmp_path)) == expected(public, "", cat, "cat")


def test_calls_are_all() -> None:
    """The programs call every operation of the contract, except those for other services' clients and Prometheus."""
    [source] = (ROOT / "tests/sdk/programs").glob("*.ts")
    assert {name for name in OPERATIONS if f"sdk.{name}(" in source.read_text("utf-8")} == OPERATIONS


def test_documentation_shows_the_programs() -> None:
    """docs/clients.md shows the programs in docs/clients, which are tested, unchanged."""
    page = (ROOT / "docs/clients.md").read_text("utf-8")
    shown = re.findall(r"```(?:python|typescript)\n(.*?)```", page, re.DOTALL)
    files = [file.read_text("utf-8") for file in (ROOT / "docs/clients").iterdir()]
    assert len(shown) == 2
    assert all(block in files for block in shown)
    assert all(f"clients/{file.name}" in page for file in (ROOT / "docs/clients").iterdir())
