"""Models are added, replaced and removed while the service runs."""

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.support.killers import KILLERS
from tests.support.server import PATIENCE, ROOT, Server, Start, wait_for

LOOKS = {"DETECTOR_RELOAD_SECONDS": "0.1"}


def put(folder: Path, name: str, label: str) -> None:
    """The bundled model under another name and with another label."""
    for suffix in (".yml", ".tflite"):
        shutil.copy(ROOT / "models" / f"safetycone{suffix}", folder / f"{name}{suffix}")
    (folder / f"{name}.txt").write_text(label, "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one model."""
    folder = tmp_path / "models"
    folder.mkdir()
    put(folder, "first", "cone")
    return folder


def models(server: Server) -> dict[str, list[str]]:
    """The served models' labels, by name, on a new connection."""
    listed = requests.get(f"{server.url}/models", timeout=PATIENCE).json()["models"]
    return {model["name"]: model["labels"] for model in listed}


def metrics(server: Server) -> str:
    """The server's metrics."""
    return requests.get(f"{server.url}/metrics", timeout=PATIENCE).text


def becomes(server: Server, expected: dict[str, list[str]]) -> None:
    """Waits until all workers serve these models."""
    wait_for(lambda: all(models(server) == expected for _ in range(10)), lambda: f"{models(server)}\n{server.log}")


class Load:
    """Clients on kept connections that send the first model photos without a pause, and their responses."""

    def __init__(self, server: Server, photo: bytes) -> None:
        self._server, self._photo = server, photo
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(4)
        self._asked = [self._threads.submit(self._ask) for _ in range(4)]

    def _ask(self) -> list[int]:
        answers = []
        with requests.Session() as session:
            while not self._stop.is_set():
                answer = session.post(
                    f"{self._server.url}/predict/image?model=first",
                    self._photo,
                    headers={"Content-Type": "image/jpeg"},
                    timeout=PATIENCE,
                )
                answers.append(answer.status_code if answer.json()["normalizedVertices"] else 0)
        return answers

    def answers(self) -> list[int]:
        """Ends it: the status of every response, 0 for one without cones; a broken connection raises."""
        self._stop.set()
        return [status for asked in self._asked for status in asked.result(PATIENCE)]


@pytest.fixture
def load(photo: bytes) -> Iterator[Callable[[Server], Load]]:
    """A function that puts a service under load."""
    loads: list[Load] = []

    def begin(server: Server) -> Load:
        loads.append(Load(server, photo))
        return loads[-1]

    yield begin
    for each in loads:
        each.answers()


def test_follows_the_folder(start: Start, folder: Path, load: Callable[[Server], Load]) -> None:
    """All workers serve models that are added, relabelled and replaced, and drop removed ones; no request fails."""
    server = start(DETECTOR_MODELS=str(folder), WEB_CONCURRENCY="2", **LOOKS).wait_until_ready()
    busy = load(server)
    put(folder, "second", "Leitkegel")
    becomes(server, {"first": ["cone"], "second": ["Leitkegel"]})
    (folder / "second.txt").write_text("三角锥", "utf-8")
    becomes(server, {"first": ["cone"], "second": ["三角锥"]})
    put(folder, "first", "Hütchen")
    becomes(server, {"first": ["Hütchen"], "second": ["三角锥"]})
    (folder / "second.tflite").unlink()
    becomes(server, {"first": ["Hütchen"]})
    answers = busy.answers()
    assert len(answers) > 20
    assert set(answers) == {200}
    assert "The models have changed; served are now first." in server.log


def test_unusable_folder_changes_nothing(start: Start, folder: Path) -> None:
    """An unusable folder changes nothing, and one log line says why; once mended, it is loaded."""
    server = start(DETECTOR_MODELS=str(folder), **LOOKS).wait_until_ready()
    (folder / "second.tflite").write_text("not a model")
    wait_for(lambda: "second.tflite is a text" in server.log, lambda: server.log)
    assert models(server) == {"first": ["cone"]}
    (folder / "first.tflite").rename(folder / "away")
    (folder / "second.tflite").unlink()
    wait_for(lambda: "There is no model in" in server.log, lambda: server.log)
    assert models(server) == {"first": ["cone"]}
    assert server.log.count("second.tflite is a text") == 1
    (folder / "away").rename(folder / "first.tflite")
    put(folder, "second", "Leitkegel")
    becomes(server, {"first": ["cone"], "second": ["Leitkegel"]})


def test_killers_end_no_worker(start: Start, folder: Path, load: Callable[[Server], Load]) -> None:
    """Files that crash the runtime, added under load, are refused by name; no worker dies, and no request fails."""
    server = start(DETECTOR_MODELS=str(folder), **LOOKS).wait_until_ready()
    busy, workers = load(server), server.workers
    sound = (folder / "first.tflite").read_bytes()
    for name, make in KILLERS.items():
        (folder / f"{name}.txt").write_text("cone", "utf-8")
        shutil.copy(ROOT / "models" / "safetycone.yml", folder / f"{name}.yml")
        (folder / f"{name}.part").write_bytes(make(sound))
        (folder / f"{name}.part").rename(folder / f"{name}.tflite")  # never a usable file of this name
    put(folder, "second", "Leitkegel")
    becomes(server, {"first": ["cone"], "second": ["Leitkegel"]})
    wait_for(lambda: all(f"{name}.tflite ends the process" in server.log for name in KILLERS), lambda: server.log)
    assert set(busy.answers()) == {200}
    assert server.workers == workers


def test_new_workers_read_the_folder(start: Start, folder: Path) -> None:
    """A new worker serves the folder's current content from its first request on.

    A broken file in the folder changes nothing, and neither does an empty folder; the metrics have a count for either.
    """
    server = start(DETECTOR_MODELS=str(folder), WEB_CONCURRENCY="1", **LOOKS).wait_until_ready()
    put(folder, "second", "Leitkegel")
    becomes(server, {"first": ["cone"], "second": ["Leitkegel"]})
    (folder / "broken.tflite").write_text("not a model")
    wait_for(lambda: "SKIPPED: broken.tflite" in server.log, lambda: server.log)
    wait_for(lambda: "specsight_unusable_models 1.0" in metrics(server), lambda: metrics(server))
    (worker,) = server.workers
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: server.workers not in ([], [worker]), lambda: server.log)
    assert models(server) == {"first": ["cone"], "second": ["Leitkegel"]}
    for file in folder.glob("*.tflite"):
        file.unlink()
    wait_for(lambda: "The models that are served stay as they were." in server.log, lambda: server.log)
    wait_for(lambda: "specsight_unusable_models 1.0" in metrics(server), lambda: metrics(server))
    put(folder, "first", "cone")
    becomes(server, {"first": ["cone"]})
    wait_for(lambda: "specsight_unusable_models 0.0" in metrics(server), lambda: metrics(server))


def test_may_be_switched_off(start: Start, folder: Path) -> None:
    """With the setting off, the service keeps its first models."""
    server = start(DETECTOR_MODELS=str(folder), DETECTOR_RELOAD_SECONDS="0").wait_until_ready()
    other = start(DETECTOR_MODELS=str(folder), **LOOKS).wait_until_ready()
    put(folder, "second", "Leitkegel")
    becomes(other, {"first": ["cone"], "second": ["Leitkegel"]})
    assert models(server) == {"first": ["cone"]}


def test_skips_unusable_files(start: Start, folder: Path) -> None:
    """With the setting on, the service starts without an unusable file, and logs an error."""
    (folder / "second.tflite").write_text("not a model")
    server = start(DETECTOR_MODELS=str(folder), DETECTOR_SKIP_UNUSABLE="1").wait_until_ready()
    assert models(server) == {"first": ["cone"]}
    assert "ERROR SKIPPED: second.tflite is a text and not a model" in server.log


def are_replaced(server: Server, workers: list[int]) -> bool:
    """True once none of some workers is left."""
    return not set(server.workers) & set(workers)


def test_sighup_builds_everything_anew(start: Start, folder: Path, load: Callable[[Server], Load]) -> None:
    """After SIGHUP, new workers serve the folder's current content; under load, not one request fails.

    If the service could not be started, it continues unchanged.
    """
    server = start(DETECTOR_MODELS=str(folder), DETECTOR_RELOAD_SECONDS="0").wait_until_ready()
    busy, before = load(server), server.workers
    put(folder, "second", "Leitkegel")
    server.process.send_signal(signal.SIGHUP)
    becomes(server, {"first": ["cone"], "second": ["Leitkegel"]})
    (folder / "second.tflite").write_text("not a model")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "The service goes on as it was." in server.log, lambda: server.log)
    wait_for(lambda: are_replaced(server, before), lambda: server.log)
    becomes(server, {"first": ["cone"], "second": ["Leitkegel"]})
    assert set(busy.answers()) == {200}
    assert "Traceback" not in server.log


@pytest.mark.parametrize("change", ["(", "timeout = 'long'", None])
def test_sighup_with_a_broken_configuration(
    start: Start, tmp_path: Path, folder: Path, load: Callable[[Server], Load], change: str | None
) -> None:
    """If gunicorn's configuration cannot be used, or is gone, the service goes on, and obeys the next SIGHUP."""
    config = tmp_path / "gunicorn.conf.py"
    config.write_text(ours := f"exec(open('{ROOT}/gunicorn.conf.py').read())")
    server = start(arguments=["--config", config], DETECTOR_MODELS=str(folder)).wait_until_ready()
    busy = load(server)
    if change:
        config.write_text(change)
    else:
        config.unlink()
    for text in (None, ours):
        if text:
            config.write_text(text)
        before = server.workers
        server.process.send_signal(signal.SIGHUP)
        wait_for(partial(are_replaced, server, before), lambda: server.log)
    assert set(busy.answers()) == {200}
    assert server.log.count("The service goes on as it was.") == 1
