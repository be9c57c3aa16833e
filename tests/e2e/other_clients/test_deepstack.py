"""Clients of DeepStack and DOODS, as their makers publish them, find the example's cones here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.server import PATIENCE, ROOT, Server

PHOTO = ROOT / "models" / "example.jpg"

Run = Callable[[str], Any]
Cones = list[dict[str, Any]]

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


def test_deepstack_sdk(run: Run, cones: Cones, tmp_path: Path) -> None:
    """DeepStack's SDK reads objects, draws them, and distinguishes a bad photo from a missing key."""
    printed = run(DEEPSTACK_SDK)
    assert len(printed["objects"]) == 3
    for (label, confidence, left, top, _, bottom), box in zip(printed["objects"], cones, strict=False):
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


def test_frigate(guarded: Server, token: str) -> None:
    """Frigate's plugin posts only a key and a file, reads in order, and stops at the first weak prediction."""
    answer = requests.post(
        f"{guarded.url}/v1/vision/detection",
        data={"api_key": token},
        files={"image": PHOTO.read_bytes()},
        timeout=PATIENCE,
    ).json()
    confidences = [prediction["confidence"] for prediction in answer["predictions"]]
    assert len(confidences) == 4
    assert confidences == sorted(confidences, reverse=True)
    assert min(confidences) >= 0.4


def test_pydoods(run: Run, cones: Cones) -> None:
    """The client under Home Assistant's DOODS integration lists detectors, reads detections, and is refused."""
    printed = run(PYDOODS)
    assert [name for name, _, _ in printed["detectors"]] == ["safetycone", "default"]
    assert all(width > 0 and labels == ["safetycone"] for _, width, labels in printed["detectors"])
    assert len(printed["detections"]) == 3
    for each, box in zip(printed["detections"], cones, strict=False):
        assert (each["label"], each["confidence"]) == (box["name"], pytest.approx(box["score"] * 100))
        assert (each["left"], each["top"]) == pytest.approx((box["x"] / 480, box["y"] / 320), abs=1e-4)
    assert "401" in printed["refused"]
