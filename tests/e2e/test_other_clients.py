"""Other services' clients, as their makers publish them, find the example's cones here."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support import environment
from tests.support.server import PATIENCE, ROOT, Server
from tests.support.tools import needs

PHOTO = ROOT / "models" / "example.jpg"
TOKEN = "open-sesame"
NODE_CLIENT = ROOT / "tests/node_modules/@google-cloud/vision"

DOCS = (ROOT / "docs" / "compatibility.md").read_text("utf-8")

Run = Callable[[str], Any]

GOOGLE_VISION = """
import json, sys
from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.cloud import vision

url, guarded_url, token, photo = sys.argv[1:]


def client(credentials=None, **options):
    return vision.ImageAnnotatorClient(credentials=credentials, transport="rest", client_options=options)


anonymous = client(AnonymousCredentials(), api_endpoint=url)
with open(photo, "rb") as file:
    image = vision.Image(content=file.read())
localize = vision.Feature(type_=vision.Feature.Type.OBJECT_LOCALIZATION, max_results=3)
try:
    client(api_endpoint=guarded_url, api_key="guess").object_localization(image=image)
    refused = None
except GoogleAPICallError as error:
    refused = [type(error).__name__, error.message]
answer = client(api_endpoint=guarded_url, api_key=token).object_localization(image=image)
batch = anonymous.batch_annotate_images(
    requests=[
        vision.AnnotateImageRequest(image=image, features=[localize]),
        vision.AnnotateImageRequest(image=vision.Image(content=b"no photo"), features=[localize]),
    ]
)
print(json.dumps({
    "refused": refused,
    "objects": [
        [each.name, each.score, [[corner.x, corner.y] for corner in each.bounding_poly.normalized_vertices]]
        for each in answer.localized_object_annotations
    ],
    "counts": [len(each.localized_object_annotations) for each in batch.responses],
    "errors": [[each.error.code, each.error.message] for each in batch.responses],
}))
"""

DEEPSTACK_SDK = """
import json, sys
from deepstack_sdk import Detection, ServerConfig

_, url, token, photo = sys.argv[1:]
answer = Detection(ServerConfig(url, api_key=token)).detectObject(photo, min_confidence=0.75, output="drawn.jpg")
errors = []
for config, image in ((ServerConfig(url, api_key=token), b"no photo"), (ServerConfig(url), photo)):
    try:
        Detection(config).detectObject(image)
    except Exception as error:
        errors.append(str(error))
print(json.dumps({
    "objects": [[e.label, e.confidence, e.x_min, e.y_min, e.x_max, e.y_max] for e in answer.detections],
    "errors": errors,
}))
"""

# Google's older client, generated from a description of the API. The key is in the query.
GOOGLE_DISCOVERY = """
import base64, json, sys
from googleapiclient.discovery import build

_, url, token, photo = sys.argv[1:]
vision = build("vision", "v1", developerKey=token, static_discovery=True, client_options={"api_endpoint": url})
with open(photo, "rb") as file:
    content = base64.b64encode(file.read()).decode()
features = [{"type": "OBJECT_LOCALIZATION", "maxResults": 3}, {"type": "LABEL_DETECTION"}]
body = {"requests": [{"image": {"content": content}, "features": features}]}
[answer] = vision.images().annotate(body=body).execute()["responses"]
print(json.dumps([len(answer["localizedObjectAnnotations"]), answer["error"]["code"]]))
"""

GOOGLE_NODE = """
import vision from '@google-cloud/vision';
import { readFileSync } from 'node:fs';

const [port, apiKey, photo] = process.argv.slice(2);
const address = { apiEndpoint: '127.0.0.1', port: Number(port), protocol: 'http', fallback: true };
const client = new vision.ImageAnnotatorClient({ ...address, apiKey });
const [answer] = await client.objectLocalization({ image: { content: readFileSync(photo) } });
console.log(JSON.stringify(answer.localizedObjectAnnotations.map((each) => [each.name, each.score])));
"""

# The client under Home Assistant's own integration of DOODS, called as it calls it.
PYDOODS = """
import json, sys
from pydoods import PyDOODS

_, url, token, photo = sys.argv[1:]
doods = PyDOODS(url, token)
with open(photo, "rb") as file:
    answer = doods.detect(file.read(), dconfig={"safetycone": 75.0}, detector_name="default")
try:
    PyDOODS(url, "guess")
    refused = None
except Exception as error:
    refused = str(error)
print(json.dumps({
    "detectors": [[each["name"], each["width"], each["labels"]] for each in doods.get_detectors()["detectors"]],
    "detections": answer["detections"],
    "refused": refused,
}))
"""

# The client under Home Assistant's integration HASS-Deepstack-object.
DEEPSTACK_PYTHON = """
import json, sys
from urllib.parse import urlsplit
import deepstack.core as deepstack

_, url, token, photo = sys.argv[1:]
address = urlsplit(url)
camera = deepstack.DeepstackObject(address.hostname, address.port, api_key=token, min_confidence=0.75)
with open(photo, "rb") as file:
    predictions = camera.detect(file.read())
try:
    camera.detect(b"no photo")
    refused = None
except deepstack.DeepstackException as error:
    refused = str(error)
print(json.dumps({
    "predictions": predictions,
    "summary": deepstack.get_objects_summary(predictions),
    "refused": refused,
}))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with these clients, whose packages conflict with the service's."""
    python = environment.create(
        tmp_path_factory.mktemp("clients"),
        "google-api-python-client>=2.180",
        "google-cloud-vision>=3.16",
        "matplotlib>=3.10",
        "opencv-python-headless>=4.11",
        "pydoods==1.0.2",
        "validators>=0.35",
    )
    # Without their dependencies: they name OpenCV's build for desktops, and do without the rest.
    environment.install(python, "--no-deps", "deepstack-python==0.9", "deepstack-sdk==0.2.1")
    return python


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with the operations for other services' clients."""
    server = Server(tmp_path_factory.mktemp("others") / "log", DETECTOR_COMPATIBILITY="1").wait_until_ready()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same with a token."""
    log = tmp_path_factory.mktemp("guarded") / "log"
    server = Server(log, DETECTOR_COMPATIBILITY="1", DETECTOR_TOKENS=TOKEN).wait_until_ready()
    yield server
    server.stop()


@pytest.fixture
def run(python: Path, others: Server, guarded: Server, tmp_path: Path) -> Run:
    """A function that runs a client in an empty folder and returns the JSON that it prints."""
    arguments: list[str | Path] = [others.url, guarded.url, TOKEN, PHOTO]

    def run(program: str) -> Any:
        command: list[str | Path] = [python, "-c", program, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def expected(server: Server) -> list[dict[str, Any]]:
    """The example's cones in pixels, by our own operation."""
    form = {"units": "pixel", "score_th": "0.4"}
    answer = requests.post(f"{server.url}/predict/upload", form, files={"file": PHOTO.read_bytes()}, timeout=PATIENCE)
    found: list[dict[str, Any]] = answer.json()["normalizedVertices"]
    assert len(found) == 4
    return found


def test_google_vision(run: Run, others: Server) -> None:
    """Google's client over REST, anonymous or with a key, reads objects, batches, errors in a batch, and refusals."""
    printed = run(GOOGLE_VISION)
    for (name, score, corners), box in zip(printed["objects"], expected(others), strict=True):
        assert (name, score) == (box["name"], pytest.approx(box["score"]))
        assert len(corners) == 4
        assert corners[0] == pytest.approx([box["x"] / 480, box["y"] / 320], abs=1e-4)
        assert corners[2][0] == pytest.approx((box["x"] + box["width"]) / 480, abs=1e-4)
    assert printed["counts"] == [3, 0]
    (_, no_error), (code, message) = printed["errors"]
    assert no_error == ""
    assert code == 3
    assert "readable photo" in message
    kind, message = printed["refused"]
    assert kind == "Unauthorized"
    assert "Send a valid token" in message


def test_google_discovery(run: Run) -> None:
    """Google's older client in Python finds objects, and the error of a feature that is not offered."""
    assert run(GOOGLE_DISCOVERY) == [3, 12]


@needs(NODE_CLIENT.is_dir(), "Google's client: npm --prefix tests ci")
def test_google_node(guarded: Server, others: Server, tmp_path: Path) -> None:
    """Google's client in Node, over REST and with a key, finds the cones."""
    (tmp_path / "node_modules").symlink_to(NODE_CLIENT.parents[1])
    (tmp_path / "program.mjs").write_text(GOOGLE_NODE, "utf-8")
    node = Path(sys.executable).with_name("node")
    command: list[str | Path] = [node, "program.mjs", guarded.url.rpartition(":")[2], TOKEN, PHOTO]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed == [[box["name"], pytest.approx(box["score"])] for box in expected(others)]


def test_pydoods(run: Run, others: Server) -> None:
    """The client under Home Assistant's DOODS integration lists detectors, reads detections, and is refused."""
    printed = run(PYDOODS)
    assert [name for name, _, _ in printed["detectors"]] == ["safetycone", "default"]
    assert all(width > 0 and labels == ["safetycone"] for _, width, labels in printed["detectors"])
    assert len(printed["detections"]) == 3
    for each, box in zip(printed["detections"], expected(others), strict=False):
        assert (each["label"], each["confidence"]) == (box["name"], pytest.approx(box["score"] * 100))
        assert (each["left"], each["top"]) == pytest.approx((box["x"] / 480, box["y"] / 320), abs=1e-4)
    assert "401" in printed["refused"]


def test_google_vision_as_documented(run: Run, others: Server) -> None:
    """The lines in docs/compatibility.md find the cones unchanged."""
    [block] = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    assert "print([(found.name, found.score)" in block
    program = block.replace("http://127.0.0.1:5000", others.url).replace("photo.jpg", str(PHOTO))
    found = run(f"import json\n{program.replace('print(', 'print(json.dumps(').rstrip()})")
    assert [name for name, _ in found] == ["safetycone"] * 4


def test_deepstack_sdk(run: Run, others: Server, tmp_path: Path) -> None:
    """DeepStack's SDK reads objects, draws them, and distinguishes a bad photo from a missing key."""
    printed = run(DEEPSTACK_SDK)
    assert len(printed["objects"]) == 3
    for (label, confidence, left, top, _, bottom), box in zip(printed["objects"], expected(others), strict=False):
        assert (label, confidence) == (box["name"], pytest.approx(box["score"]))
        assert (left, top) == (round(box["x"]), round(box["y"]))
        assert bottom == pytest.approx(box["y"] + box["height"], abs=0.51)
    assert (tmp_path / "drawn.jpg").stat().st_size > 1000
    assert printed["errors"] == ["Invalid image", "Unknown error : 401 occured"]


def test_deepstack_python(run: Run) -> None:
    """The client under Home Assistant's integration reads predictions and refusals."""
    printed = run(DEEPSTACK_PYTHON)
    assert printed["summary"] == {"safetycone": 3}
    assert printed["refused"] == "Error from Deepstack request, status code: 400"
    for prediction in printed["predictions"]:
        assert prediction.keys() == {"label", "confidence", "x_min", "y_min", "x_max", "y_max"}


def test_frigate(guarded: Server) -> None:
    """Frigate's plugin posts only a key and a file, reads in order, and stops at the first weak prediction."""
    answer = requests.post(
        f"{guarded.url}/v1/vision/detection",
        data={"api_key": TOKEN},
        files={"image": PHOTO.read_bytes()},
        timeout=PATIENCE,
    ).json()
    confidences = [prediction["confidence"] for prediction in answer["predictions"]]
    assert len(confidences) == 4
    assert confidences == sorted(confidences, reverse=True)
    assert min(confidences) >= 0.4
