"""Google Vision's clients, as Google publishes them, find the example's cones here."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import PATIENCE, ROOT, Server
from tests.support.tools import needs

PHOTO = ROOT / "models" / "example.jpg"
NODE_CLIENT = ROOT / "tests/node_modules/@google-cloud/vision"
DOCS = (ROOT / "docs" / "compatibility.md").read_text("utf-8")

Run = Callable[[str], Any]
Cones = list[dict[str, Any]]

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


def test_google_vision(run: Run, cones: Cones) -> None:
    """Google's client over REST, anonymous or with a key, reads objects, batches, errors in a batch, and refusals."""
    printed = run(GOOGLE_VISION)
    for (name, score, corners), box in zip(printed["objects"], cones, strict=True):
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


def test_google_vision_as_documented(run: Run, complete: Server) -> None:
    """The lines in docs/compatibility.md find the cones unchanged."""
    [block] = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    assert "print([(found.name, found.score)" in block
    program = block.replace("http://127.0.0.1:5000", complete.url).replace("photo.jpg", str(PHOTO))
    found = run(f"import json\n{program.replace('print(', 'print(json.dumps(').rstrip()})")
    assert [name for name, _ in found] == ["safetycone"] * 4


def test_google_discovery(run: Run) -> None:
    """Google's older client in Python finds objects, and the error of a feature that is not offered."""
    assert run(GOOGLE_DISCOVERY) == [3, 12]


@needs(NODE_CLIENT.is_dir(), "Google's client: npm --prefix tests ci")
def test_google_node(guarded: Server, token: str, cones: Cones, tmp_path: Path) -> None:
    """Google's client in Node, over REST and with a key, finds the cones."""
    (tmp_path / "node_modules").symlink_to(NODE_CLIENT.parents[1])
    (tmp_path / "program.mjs").write_text(GOOGLE_NODE, "utf-8")
    node = Path(sys.executable).with_name("node")
    command: list[str | Path] = [node, "program.mjs", guarded.url.rpartition(":")[2], token, PHOTO]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed == [[box["name"], pytest.approx(box["score"])] for box in cones]
