"""Thousands of hostile requests to a real server: each is answered within the budget, and none ends or changes it."""

import re
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.support.hostile_requests import GENERATORS
from tests.support.hostile_requests import requests as hostile_requests
from tests.support.hostile_requests.exchange import complaint, exchange
from tests.support.hostile_requests.request import Hostile
from tests.support.server import PATIENCE, Server
from tests.support.usage import cpu_seconds, forget_peak, megabytes

SEED = 20
MEGABYTES = 300  # the budget, see SECURITY.md
PHOTOS = 100  # plain ones, as models/example.jpg, that cost as much as the budget: 500 ms of a core at 5 ms each
BATCH = 64
LINE = re.compile(
    r"20\d\d-\S+ \S+ \+\d{4} \[\d+\] INFO (127\.0\.0\.1 |request [0-9a-f-]{36}: photos were not fetched )"
)
HASTY: dict[str, Any] = {
    "DETECTOR_HEADER_SECONDS": "0.5",
    "DETECTOR_BODY_SECONDS": "0.5",
    "KEEP_ALIVE_SECONDS": "1",
    "DETECTOR_QUEUE": "100",
    "WEB_CONCURRENCY": "1",
}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for this module with short time limits."""
    server = Server(tmp_path_factory.mktemp("attacked") / "log", **HASTY).wait_until_ready()
    yield server
    assert server.stop() == 0


def one(photo: bytes, features: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch with one photo."""
    return {"requests": [{"image": {"content": b64encode(photo).decode()}, "features": features}]}


def batch(photo: bytes, features: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch with as many photos as are allowed, which are all the same."""
    return {"requests": one(photo, features)["requests"] * BATCH}


def seconds_of(server: Server, document: dict[str, Any]) -> float:
    """The CPU time that a worker needs for a batch, less what interferes."""
    (worker,) = server.workers
    times = []
    for _ in range(3):
        before = cpu_seconds(worker)
        assert requests.post(f"{server.url}/", json=document, timeout=PATIENCE).ok
        times.append(cpu_seconds(worker) - before)
    return min(times)


@pytest.fixture(scope="module")
def budget(attacked: Server, photo: bytes) -> float:
    """The CPU time that one photo may cost, in seconds of this machine."""
    return PHOTOS * seconds_of(attacked, batch(photo, [{}])) / BATCH


@pytest.fixture(params=GENERATORS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of hostile requests."""
    return str(request.param)


def outcome(server: Server, hostile: Hostile) -> str:
    """The fault of the responses to a request; empty if there is none."""
    wrong = complaint(hostile, exchange(server.url, hostile))
    return f"{hostile.name}: {wrong}" if wrong else ""


def test_whole_requests(attacked: Server, photo: bytes, kind: str, budget: float) -> None:
    """Each request gets a 2xx or a 4xx problem that repeats nothing, within the budget, from the same worker."""
    (worker,) = attacked.workers
    logged = len(attacked.log)
    wrong, costly = [], []
    sent = 0
    for hostile in hostile_requests(kind, SEED, photo):
        if not hostile.is_whole:
            continue
        sent += 1
        forget_peak(worker)
        seconds, held = cpu_seconds(worker), megabytes(worker)
        wrong.append(outcome(attacked, hostile))
        seconds, held = cpu_seconds(worker) - seconds, megabytes(worker, "VmHWM") - held
        if seconds > budget * hostile.photos or held > MEGABYTES:
            costly.append(f"{hostile.name}: {seconds:.1f} s, {held:.0f} MB")
    assert sent > 10
    assert list(filter(None, wrong)) == []
    assert costly == []
    assert_is_sound(attacked, worker, photo, logged)


def costly_features(**options: Any) -> list[dict[str, Any]]:
    """The features that keep the most boxes, no two of them the same."""
    costly = {"score_th": 0, "min_height": 0, "min_width": 0} | options
    return [costly | {"maxResults": 300 - index} for index in range(16)]


@pytest.mark.parametrize("options", [{"nms_iou": 0.99}, {"nms_iou": 0.99, "nms": "agnostic"}, {"nms_iou": 0.4}])
def test_dear_options(attacked: Server, photo: bytes, options: dict[str, Any]) -> None:
    """In the largest batch, the features that keep the most boxes cost about as much as running the model and JSON."""
    plain = seconds_of(attacked, batch(photo, [{}]))
    costly = seconds_of(attacked, batch(photo, costly_features(**options)))
    assert costly < 3 * plain  # 6 to 10 times, when each feature compared all boxes


@pytest.mark.parametrize("iou", [0, 0.4, 0.99])
def test_dear_tiles(attacked: Server, photo: bytes, iou: float) -> None:
    """The most tiles, each for all features, cost about as much as running the model on them."""
    plain = seconds_of(attacked, one(photo, [{"tiles": "8x8"}]))
    costly = seconds_of(attacked, one(photo, costly_features(tiles="8x8", nms_iou=iou)))
    assert costly < 3 * plain  # 5 to 10 times, when each feature compared all boxes of all tiles


@pytest.mark.parametrize("kind", ["heads", "framing"])
def test_open_requests(attacked: Server, photo: bytes, kind: str) -> None:
    """If more may follow, the server answers in this way or closes; it never waits for long."""
    (worker,) = attacked.workers
    logged = len(attacked.log)
    opened = [hostile for hostile in hostile_requests(kind, SEED, photo) if not hostile.is_whole]
    assert len(opened) > 100
    with ThreadPoolExecutor(32) as threads:
        wrong = list(threads.map(lambda hostile: outcome(attacked, hostile), opened))
    assert list(filter(None, wrong)) == []
    assert_is_sound(attacked, worker, photo, logged)


def assert_is_sound(server: Server, worker: int, photo: bytes, logged: int) -> None:
    """The same worker answers as before, and every line of its log is a request's."""
    assert server.workers == [worker]
    answer = requests.post(f"{server.url}/predict/image", photo, timeout=PATIENCE)
    assert answer.json()["normalizedVertices"]
    assert [line for line in server.log[logged:].splitlines() if not LINE.match(line)] == []


def test_there_are_thousands(photo: bytes) -> None:
    """The promise of this file covers 3,000 requests and more, of every kind, the same ones each time."""
    drawn = {kind: [hostile.name for hostile in hostile_requests(kind, SEED, photo)] for kind in GENERATORS}
    again = {kind: [hostile.name for hostile in hostile_requests(kind, SEED, photo)] for kind in GENERATORS}
    assert drawn == again
    assert sum(map(len, drawn.values())) > 3000
    assert min(map(len, drawn.values())) > 100
