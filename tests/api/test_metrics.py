"""GET /metrics, over HTTP."""

import re
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from settings import Settings
from tests.support.server import ROOT

JPEG = {"Content-Type": "image/jpeg"}


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Every value, by the metric's name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def metrics(client: httpx.Client, **headers: str) -> dict[tuple[str, ...], float]:
    """The metrics of a service."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    return samples(answer.text)


@pytest.fixture
def fresh() -> Iterator[httpx.Client]:
    """A service without any request so far."""
    with create_app(Settings(validate_responses=True, max_body_bytes=100_000)).test_client() as client:
        yield client


def test_counts_requests(fresh: httpx.Client, photo: bytes) -> None:
    """Requests, stages, detections and models are counted as they were."""
    found = [len(fresh.post("/predict/image", content=photo, headers=JPEG).json()["normalizedVertices"]) for _ in "12"]
    told = metrics(fresh)
    assert told["specsight_requests_total", "predictImage", "200"] == 2
    assert told["specsight_request_seconds_count", "predictImage"] == 2
    for stage in ("wait", "decode", "infer"):
        assert told["specsight_stage_seconds_count", stage] == 2
    assert told["specsight_stage_seconds_sum", "infer"] > 0
    assert told["specsight_detections_total", "safetycone"] == sum(found) > 0
    assert told[("specsight_photos_waiting",)] == told[("specsight_decoded_bytes",)] == 0
    [model] = [name for name in told if name[0] == "specsight_model_info"]
    assert "safetycone" in model


def test_failures_are_counted_from_zero(fresh: httpx.Client) -> None:
    """Prometheus sees the first refusal and the first failure: their counts exist before, as 0."""
    told = metrics(fresh)
    refusals = {name[1]: value for name, value in told.items() if name[0] == "specsight_refusals_total"}
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert refusals == dict.fromkeys(re.findall(r"^\| `(\w+)` \| \d{3} \|", page, re.MULTILINE), 0)
    for status in ("200", "500", "503"):
        operations = {name[1] for name in told if name[0] == "specsight_requests_total" and name[2] == status}
        assert operations >= {
            "none",
            "predict",
            "predictImage",
            "detectBatch",
            "annotate",
            "listModels",
            "getReadiness",
        }


@pytest.fixture(scope="module")
def refusing() -> Iterator[httpx.Client]:
    """A service for requests that are refused, each for a reason of its own."""
    with create_app(Settings(validate_responses=True, max_body_bytes=100_000)).test_client() as client:
        yield client


@pytest.mark.parametrize(
    ("path", "content", "headers", "status", "reason"),
    [
        ("/predict/image", b"no photo", JPEG, 422, "content"),
        ("/predict/image", b"x" * 100_001, JPEG, 413, "size"),
        ("/predict/image", b"x", {"Content-Type": "text/plain"}, 415, "media_type"),
        ("/predict/image?score_th=2", b"x", JPEG, 400, "faults"),
    ],
)
def test_counts_refusals_by_reason(
    refusing: httpx.Client, path: str, content: bytes, *, headers: dict[str, str], status: int, reason: str
) -> None:
    """Each refusal is counted by its reason."""
    assert refusing.post(path, content=content, headers=headers).status_code == status
    told = metrics(refusing)
    assert told["specsight_refusals_total", reason] == 1
    assert told["specsight_requests_total", "predictImage", str(status)] == 1


def test_full_queue_is_a_reason(photo: bytes) -> None:
    """A refusal for want of room has its own reason."""
    with create_app(Settings(max_held_bytes=10)).test_client() as client:
        assert client.post("/predict/image", content=photo, headers=JPEG).status_code == 503
        assert metrics(client)["specsight_refusals_total", "room"] == 1


def test_counts_photos_of_batches_that_fail(fresh: httpx.Client, photo_base64: str) -> None:
    """A photo of a batch that has an error for an answer is counted, though its request is answered."""
    entries = [{"image": {"content": content}} for content in (photo_base64, "bm8gcGhvdG8=", "abcde")]
    assert fresh.post("/", json={"requests": entries}).status_code == 200
    told = metrics(fresh)
    assert told["specsight_photo_failures_total", "content"] == 2
    assert told["specsight_photo_failures_total", "fetch"] == 0
    assert told["specsight_refusals_total", "content"] == 0


def test_paths_make_no_metrics(fresh: httpx.Client) -> None:
    """Requests cannot create metrics: there are no more than operations."""
    for number in range(50):
        fresh.get(f"/nowhere/{number}")
    assert metrics(fresh)["specsight_requests_total", "none", "404"] == 50


def test_labels_are_bounded(fresh: httpx.Client, monkeypatch: pytest.MonkeyPatch, photo: bytes) -> None:
    """Labels beyond the bound are counted together."""
    monkeypatch.setattr("web.metrics.metrics.MAX_LABELS", 0)
    fresh.post("/predict/image", content=photo, headers=JPEG)
    assert metrics(fresh)["specsight_detections_total", "other"] > 0


def test_needs_a_token_by_default() -> None:
    """By default the metrics need the same token as other operations; Prometheus sends it as a bearer token."""
    with create_app(Settings(tokens="prometheus:secret")).test_client() as guarded:
        assert guarded.get("/metrics").status_code == 401
        for value in ("Bearer guess", "Basic secret", "Bearer", "secret"):
            assert guarded.get("/metrics", headers={"Authorization": value}).status_code == 401
        assert metrics(guarded, Authorization="Bearer secret")["specsight_refusals_total", "token"] == 5
        assert metrics(guarded, **{"X-Api-Token": "secret"})
        assert metrics(guarded, Authorization="bearer  secret")
        assert guarded.get("/models", headers={"Authorization": "Bearer secret"}).status_code == 401


def test_open_to_everybody() -> None:
    """The operator can open the metrics alone; everything else still needs a token."""
    with create_app(Settings(tokens="secret", metrics="on")).test_client() as client:
        assert metrics(client)
        assert client.get("/models").status_code == 401


def test_off(photo: bytes) -> None:
    """The operator can switch the metrics off; everything else is unchanged."""
    with create_app(Settings(metrics="off")).test_client() as client:
        assert client.get("/metrics").status_code == 404
        assert client.post("/predict/image", content=photo, headers=JPEG).status_code == 200
