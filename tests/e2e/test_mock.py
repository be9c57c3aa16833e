"""scripts/mock answers with the contract's examples, without anything else."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import requests
import yaml

from tests.support.server import PATIENCE, ROOT, Server, wait_for

CONTRACT = (ROOT / "openapi.yml").read_text("utf-8")
DRAFT = CONTRACT.replace(
    "\ncomponents:\n",
    """
  /counts/{label}:
    put:
      tags: [counting]
      operationId: count
      parameters:
        - {name: label, in: path, required: true, schema: {type: string}}
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [since], properties: {since: {type: integer, minimum: 0, example: 7}}}
      responses:
        '201':
          description: Counted.
          content:
            application/json:
              schema:
                type: object
                properties:
                  seen: {type: integer, example: 3}
                  kinds: {type: array, items: {type: string, example: cone}}
        '404':
          description: Nothing to count.
          content:
            text/plain: {schema: {type: string, example: nothing}}

components:
""",
    1,
)
MAIN = """\
openapi: 3.0.3
info: {title: Hello, version: 1.0.0}
servers: [{url: 'https://api.example.com/'}]
paths:
  /hello/{name}:
    parameters:
      - {name: name, in: path, required: true, schema: {type: string}}
    get:
      operationId: hello
      tags: [hello]
      parameters:
        - {name: limit, in: query, schema: {type: integer, default: 3}}
      responses:
        '200':
          description: A message.
          content:
            application/json:
              schema: {$ref: 'parts.yml#/Message'}
    post:
      operationId: up
      tags: [hello]
      requestBody:
        content:
          multipart/form-data:
            schema: {type: object, properties: {file: {type: string, format: binary}}}
      responses:
        '201':
          description: Made.
          headers:
            Location: {required: true, schema: {type: string, format: uri-reference}}
"""
EXAMPLE = {"seen": 3, "kinds": ["cone"]}
JPEG = {"Content-Type": "image/jpeg"}


def mocked(log: Path, *arguments: str | Path) -> Server:
    """A running scripts/mock, which would miss a model if it looked for one."""
    mock = Server(log, program=ROOT / "scripts" / "mock", arguments=arguments, DETECTOR_MODELS="nowhere")
    return mock.wait_until_ready()


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A mock of a draft with an operation that has no handler."""
    folder = tmp_path_factory.mktemp("mock")
    (folder / "draft of mine.yml").write_text(DRAFT, "utf-8")
    mock = mocked(folder / "log", folder / "draft of mine.yml")
    yield mock
    mock.stop()


def example(schema: str) -> Any:
    """The contract's example of a schema."""
    return yaml.safe_load(CONTRACT)["components"]["schemas"][schema]["example"]


def test_operation_without_a_handler(mock: Server) -> None:
    """An operation without a handler answers with its first status and an example composed of its properties."""
    answer = requests.put(f"{mock.url}/counts/cone", json={"since": 1}, timeout=PATIENCE)
    assert (answer.status_code, answer.headers["Content-Type"], answer.json()) == (201, "application/json", EXAMPLE)


def test_every_operation(mock: Server, photo: bytes) -> None:
    """Operations of each kind answer with the example of their response."""
    base64 = example("ImageContent")
    upload = requests.post(f"{mock.url}/predict/upload", files={"file": photo}, timeout=PATIENCE)
    assert upload.json() == example("Detections")
    plain = requests.post(f"{mock.url}/predict/image", data=photo, headers=JPEG, timeout=PATIENCE)
    assert plain.json() == example("Detections")
    flat = requests.post(f"{mock.url}/predict", json={"image": base64}, timeout=PATIENCE)
    assert flat.json() == example("Detections")
    batch = requests.post(f"{mock.url}/", json={"requests": [{"image": {"content": base64}}]}, timeout=PATIENCE)
    assert batch.json() == example("BatchResponse")
    vision = {"requests": [{"image": {"content": base64}, "features": [{"type": "OBJECT_LOCALIZATION"}]}]}
    assert requests.post(f"{mock.url}/v1/images:annotate", json=vision, timeout=PATIENCE).json() == example(
        "VisionBatchResponse"
    )
    assert requests.get(f"{mock.url}/models", timeout=PATIENCE).json() == example("ModelList")
    assert requests.get(f"{mock.url}/models/any", timeout=PATIENCE).json() == example("Model")
    assert requests.get(f"{mock.url}/health/ready", timeout=PATIENCE).json() == example("Health")


def test_annotated_photo(mock: Server, photo: bytes) -> None:
    """An operation that returns a photo returns one with boxes on it."""
    answer = requests.post(f"{mock.url}/annotate", files={"file": photo}, timeout=PATIENCE)
    assert answer.headers["Content-Type"] == "image/jpeg"
    image = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape == (320, 480, 3)


def test_requests_are_validated(mock: Server) -> None:
    """Requests that the contract forbids are refused as by the service, even without a handler."""
    answer = requests.post(f"{mock.url}/predict", json={"score_th": 2, "image": 1}, timeout=PATIENCE)
    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"#/score_th", "#/image"}
    assert requests.put(f"{mock.url}/counts/cone", json={"since": -1}, timeout=PATIENCE).status_code == 400
    answer = requests.post(f"{mock.url}/predict/image?tiles=2x", b"photo", timeout=PATIENCE)
    assert answer.status_code == 400
    assert [fault["detail"] for fault in answer.json()["errors"]] == [
        "must be none, auto, or columns x rows such as 3x2"
    ]


def test_another_answer(mock: Server) -> None:
    """`Prefer: code=` gives the example of another status, including its headers; an unknown one is refused."""
    busy = requests.get(f"{mock.url}/health/ready", headers={"Prefer": "code=503"}, timeout=PATIENCE)
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "1")
    assert busy.json()["detail"]
    nothing = requests.put(f"{mock.url}/counts/x", json={"since": 1}, headers={"Prefer": "code=404"}, timeout=PATIENCE)
    assert (nothing.status_code, nothing.text) == (404, "nothing")
    other = requests.get(f"{mock.url}/models", headers={"Prefer": "code=418"}, timeout=PATIENCE)
    assert (other.status_code, set(other.json())) == (418, set(example("Problem")))
    unknown = requests.put(f"{mock.url}/counts/x", json={"since": 1}, headers={"Prefer": "code=418"}, timeout=PATIENCE)
    assert unknown.status_code == 400
    assert "It has 201, 404." in unknown.json()["detail"]


def test_document_and_page(mock: Server) -> None:
    """The draft itself is served, and Swagger UI with it."""
    assert requests.get(f"{mock.url}/openapi.yml", timeout=PATIENCE).text == DRAFT
    assert "swagger-ui" in requests.get(f"{mock.url}/docs/", timeout=PATIENCE).text


def test_revision(tmp_path: Path) -> None:
    """A revision's contract is served as it was."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs git's history")
    mock = mocked(tmp_path / "log", "HEAD")
    committed = subprocess.run(
        ["git", "show", "HEAD:openapi.yml"], cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert requests.get(f"{mock.url}/openapi.yml", timeout=PATIENCE).text == committed.stdout
    mock.stop()


def test_several_files(tmp_path: Path) -> None:
    """A contract of several files is served as one; values are generated if there are no examples."""
    (tmp_path / "main.yml").write_text(MAIN)
    (tmp_path / "parts.yml").write_text(
        "Message:\n  type: object\n  required: [text]\n  properties:\n"
        "    text: {type: string, pattern: '^[A-Z]{2}-[0-9]{3}$'}\n    when: {type: string, format: date}\n"
    )
    mock = Server(tmp_path / "log", program=ROOT / "scripts" / "mock", arguments=[tmp_path / "main.yml"])
    answer = wait_for(lambda: answered(f"{mock.url}/hello/you"), lambda: mock.log)
    assert set(answer.json()) == {"text", "when"}
    assert re.fullmatch("[A-Z]{2}-[0-9]{3}", answer.json()["text"])
    assert requests.get(f"{mock.url}/hello/you?limit=x", timeout=PATIENCE).status_code == 400
    made = requests.post(f"{mock.url}/hello/you", files={"file": b"x"}, timeout=PATIENCE)
    assert (made.status_code, made.headers["Location"], made.content) == (201, "/somewhere", b"")
    assert "parts.yml" not in requests.get(f"{mock.url}/openapi.yml", timeout=PATIENCE).text
    mock.stop()


def test_reads_again(tmp_path: Path) -> None:
    """The mock follows a changed file; while it cannot read it, it says why, and leaves nothing of it behind."""
    (tmp_path / "main.yml").write_text(MAIN)
    parts = tmp_path / "parts.yml"
    parts.write_text("Message: {type: string, example: first}\n")
    before = [*(ROOT / "build").rglob("*")]
    mock = Server(tmp_path / "log", program=ROOT / "scripts" / "mock", arguments=[tmp_path / "main.yml"])
    assert wait_for(lambda: answered(f"{mock.url}/hello/you"), lambda: mock.log).json() == "first"
    parts.write_text("Message: {type: string, example: the second}\n")
    assert requests.get(f"{mock.url}/hello/you", timeout=PATIENCE).json() == "the second"
    parts.write_text("Message: {type: strin, example: the third one}\n")
    broken = requests.get(f"{mock.url}/hello/you", timeout=PATIENCE)
    assert broken.status_code == 503
    assert broken.text.startswith("parts.yml, line 1, #/Message/type: `type` has to be one of")
    assert broken.text.strip() in mock.log
    parts.write_text("Message: {type: string, example: the fourth of all}\n")
    assert requests.get(f"{mock.url}/hello/you", timeout=PATIENCE).json() == "the fourth of all"
    mock.stop()
    assert [*(ROOT / "build").rglob("*")] == before


def answered(url: str) -> requests.Response | None:
    """The response to a request; None while nobody listens yet."""
    try:
        return requests.get(url, timeout=PATIENCE)
    except requests.ConnectionError:
        return None


@pytest.mark.parametrize("source", ["nowhere.yml", "no revision"])
def test_nothing_to_serve(source: str) -> None:
    """An argument that is neither a file nor a revision is refused in one sentence."""
    done = subprocess.run(
        [ROOT / "scripts" / "mock", source], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode != 0
    assert f"There is no file {source}, and no git revision of this name" in done.stderr
    assert "Traceback" not in done.stderr


def test_invalid_contracts(tmp_path: Path) -> None:
    """A file that is not a contract is refused in one sentence."""
    (tmp_path / "openapi.yml").write_text(json.dumps({"paths": []}))
    done = subprocess.run(
        [ROOT / "scripts" / "mock", tmp_path / "openapi.yml"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode != 0
    assert "openapi.yml, line 1, #/paths: this has to be a mapping." in done.stderr
    assert "Traceback" not in done.stderr
