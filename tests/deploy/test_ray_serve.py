"""Behind Ray Serve, the service answers as it does under gunicorn, even while a node is killed and replaced."""

import contextlib
import io
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from PIL import Image

from process import usable_cpus
from tests.support.ray_cluster import ENVIRONMENT, RayCluster, needs_ray
from tests.support.server import PATIENCE, ROOT, Server, free_port, wait_for

SERVE = Path(sys.executable).with_name("serve")
CONFIG = ROOT / "deploy" / "ray" / "serve.yml"
DOCS = ROOT / "docs" / "deploying.md"
SETTINGS = {"DETECTOR_TOKENS": "tester:open-sesame", "DETECTOR_MAX_BODY_BYTES": "2000000"}
TOKEN = {"X-Api-Token": "open-sesame"}
# These differ from answer to answer, or are the server's own.
VARYING = ("date", "server", "keep-alive", "connection", "transfer-encoding", "x-request-id")
START_SECONDS = 180
ANSWERS = 30  # before and after a node is killed, and after it is replaced

pytestmark = [pytest.mark.slow, needs_ray]


class RayServe:
    """The service behind Ray Serve, on a cluster of two nodes.

    Attributes:
        url: where it serves.
        cluster: its nodes.
    """

    def __init__(self, folder: Path) -> None:
        """Starts it, and waits until it answers."""
        self.cluster = RayCluster(PYTHONPATH=str(ROOT), **SETTINGS)
        self._log = folder / "serve.log"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        config = yaml.safe_load(CONFIG.read_text("utf-8"))
        config["http_options"]["port"] = port
        (folder / "serve.yml").write_text(yaml.safe_dump(config), "utf-8")
        words: list[str | Path] = [SERVE, "run", "--address", self.cluster.address, folder / "serve.yml"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                words, cwd=ROOT, env=os.environ | ENVIRONMENT | {"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def ask(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Its answer, with the token."""
        return requests.request(method, f"{self.url}{path}", headers=TOKEN, timeout=PATIENCE, **arguments)

    def stop(self) -> None:
        """Stops it with its cluster."""
        self._process.terminate()
        self._process.wait(PATIENCE)
        self.cluster.stop()

    def _wait_until_ready(self) -> None:
        """Waits until it answers, which takes Ray a dozen processes that import it."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self._log.read_text("utf-8")
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.url}/health/ready", timeout=5).ok:
                    return
            time.sleep(0.2)
        raise AssertionError(self._log.read_text("utf-8"))


@pytest.fixture(scope="module")
def behind_ray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayServe]:
    """The service behind Ray Serve, with one replica so far."""
    service = RayServe(tmp_path_factory.mktemp("ray"))
    yield service
    service.stop()


@pytest.fixture(scope="module")
def gunicorn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service under gunicorn, with the same settings, and a CPU per worker as a replica has."""
    settings: dict[str, Any] = SETTINGS | {"WEB_CONCURRENCY": str(usable_cpus())}
    server = Server(tmp_path_factory.mktemp("gunicorn") / "log", **settings).wait_until_ready()
    yield server
    assert server.stop() == 0


class Pieces:
    """A body of 3 MB whose size is not announced."""

    def __iter__(self) -> Iterator[bytes]:
        """Yields its pieces."""
        return iter([bytes(100_000)] * 30)


@pytest.fixture(scope="module")
def scaled(behind_ray: RayServe, photo: bytes) -> RayServe:
    """The same, once requests have brought a second replica, on the second node."""
    deadline = time.monotonic() + START_SECONDS
    with ThreadPoolExecutor(8) as threads:
        while len(replicas()) < 2:
            assert time.monotonic() < deadline, "there is no second replica"
            for answer in threads.map(lambda _: behind_ray.ask("POST", "/predict/image", data=photo), range(80)):
                assert answer.status_code == 200
    return behind_ray


def replicas() -> list[str]:
    """The processes that are replicas."""
    commands = (file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists())
    return [command.decode() for command in commands if command.startswith(b"ray::ServeReplica:specsight:Service")]


def large_photo() -> bytes:
    """A photo whose annotated copy is large: 2000 by 1500 pixels of noise."""
    file = io.BytesIO()
    Image.effect_noise((2000, 1500), 90).convert("RGB").save(file, "JPEG", quality=50)
    return file.getvalue()


ASKED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "page": ("GET", "/", {}),
    "Swagger UI": ("GET", "/docs/", {}),
    "contract": ("GET", "/openapi.json", {}),
    "models": ("GET", "/models", {}),
    "no token": ("POST", "/predict/image", {"headers": {}}),
    "no operation": ("GET", "/nowhere", {}),
    "another method": ("DELETE", "/models", {}),
    "wrong option": ("POST", "/predict/image?score_th=2", {"data": b"photo"}),
    "no photo": ("POST", "/predict/image", {"data": b"no photo"}),
    "too large": ("POST", "/predict/image", {"data": bytes(3_000_000)}),
    "too large, in pieces": ("POST", "/predict/image", {"data": Pieces()}),
    "escaped": ("GET", "/models/%E2%9C%93%2F?label=a%26b", {}),
}


@pytest.mark.parametrize("name", ASKED)
def test_same_answers(behind_ray: RayServe, gunicorn: Server, name: str) -> None:
    """A request has the same status, headers and body as under gunicorn."""
    method, path, arguments = ASKED[name]
    ours, theirs = (
        requests.request(method, f"{url}{path}", timeout=PATIENCE, **({"headers": TOKEN} | arguments))
        for url in (behind_ray.url, gunicorn.url)
    )
    assert comparable(ours) == comparable(theirs)
    assert "," not in ours.headers["X-Request-Id"]


@pytest.mark.parametrize("way", ["photo", "form", "base64"])
def test_same_detections(behind_ray: RayServe, gunicorn: Server, photo: bytes, photo_base64: str, way: str) -> None:
    """A photo has the same detections as under gunicorn, to the last digit."""
    path, arguments = {
        "photo": ("/predict/image?explain=true", {"data": photo}),
        "form": ("/predict/upload", {"files": {"file": photo}, "data": {"score_th": "0.5"}}),
        "base64": ("/predict", {"json": {"image": photo_base64}}),
    }[way]
    ours = behind_ray.ask("POST", path, **arguments)  # type: ignore[arg-type]
    theirs = requests.post(f"{gunicorn.url}{path}", headers=TOKEN, timeout=PATIENCE, **arguments)  # type: ignore[arg-type]
    assert ours.json()["normalizedVertices"]
    assert ours.content == theirs.content


def test_large_answer(behind_ray: RayServe, gunicorn: Server) -> None:
    """An annotated photo of megabytes arrives whole."""
    photo = large_photo()
    ours = behind_ray.ask("POST", "/annotate", files={"file": photo})
    theirs = requests.post(f"{gunicorn.url}/annotate", files={"file": photo}, headers=TOKEN, timeout=PATIENCE)
    assert len(ours.content) > 1_000_000
    assert ours.content == theirs.content


def test_killed_node(
    scaled: RayServe, gunicorn: Server, photo: bytes, record_property: Callable[[str, object], None]
) -> None:
    """While a node is killed and replaced, no answer is wrong, and the client of the docs gets one to every request."""
    [program] = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    expected = requests.post(f"{gunicorn.url}/predict/image", photo, headers=TOKEN, timeout=PATIENCE).content
    stopping = threading.Event()
    bare: Counter[str] = Counter()
    patient: Counter[str] = Counter()

    def ask_again_and_again(counts: Counter[str], session: Callable[[], requests.Session]) -> None:
        own = session()
        while not stopping.is_set():
            try:
                answer = own.post(f"{scaled.url}/predict/image", photo, headers=TOKEN, timeout=PATIENCE)
            except requests.RequestException as error:  # noqa: PERF203 - requests are what takes time
                counts[type(error).__name__] += 1
            else:
                counts["right" if answer.content == expected else str(answer.status_code)] += 1

    names: dict[str, Any] = {}
    exec(program, names)
    with ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(ask_again_and_again, bare, requests.Session) for _ in range(2)]
        calls += [threads.submit(ask_again_and_again, patient, names["patient_session"]) for _ in range(2)]
        try:
            wait_for_more(patient)
            scaled.cluster.kill_node()
            wait_for_more(patient)
            scaled.cluster.add_node()
            wait_for_more(patient)
        finally:
            stopping.set()
    for call in calls:
        call.result()
    record_property("without retries", dict(bare))
    record_property("with retries", dict(patient))
    assert "200" not in bare, "an answer is wrong"
    assert set(patient) == {"right"}, patient
    assert bare["right"]


def wait_for_more(counts: Counter[str]) -> None:
    """Waits for more answers."""
    enough = counts.total() + ANSWERS
    wait_for(lambda: counts.total() >= enough, lambda: f"no more answers than {counts}")


def comparable(answer: requests.Response) -> tuple[int, dict[str, str], bytes]:
    """The status, headers and body of an answer, without what differs each time."""
    headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in VARYING}
    if "allow" in headers:  # Starlette's methods are a set, in an order of each process's own
        headers["allow"] = ", ".join(sorted(headers["allow"].split(", ")))
    own = answer.headers["X-Request-Id"].encode()
    return answer.status_code, headers, answer.content.replace(own, b"ID")
