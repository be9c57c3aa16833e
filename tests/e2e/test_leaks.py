"""Requests leak nothing: descriptors, threads and memory stay level, and peaks are returned."""

import base64
import gc
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import cv2
import numpy as np
import pytest
import requests
from ai_edge_litert.interpreter import Interpreter

from app import create_app
from settings import Settings
from tests.support.mixture import JPEG, Mixture
from tests.support.raw_connection import Reader, connect
from tests.support.server import PATIENCE, Start, wait_for
from tests.support.usage import Usage


def quiet(process: int) -> Usage:
    """The usage of a process once it is idle and has returned what it can."""
    time.sleep(8)
    return Usage.of(process)


@pytest.fixture(scope="module")
def noise() -> bytes:
    """A photo of 23 MB, which are held beside its pixels."""
    _, png = cv2.imencode(".png", np.random.default_rng(0).integers(0, 256, (2400, 3200, 3), np.uint8))
    return png.tobytes()


def interpreters() -> set[int]:
    """Every interpreter that this process has."""
    gc.collect()
    return {id(each) for each in gc.get_objects() if isinstance(each, Interpreter)}


def test_levels(start: Start, photo: bytes) -> None:
    """After the first few hundred requests of all kinds, another thousand use nothing more."""
    server = start(WEB_CONCURRENCY="1").wait_until_ready()
    (worker,) = server.workers
    send = Mixture(server.url, photo).send
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(send, range(600)))
        before = quiet(worker)
        list(threads.map(send, range(1200)))

    def is_level() -> bool:
        after = Usage.of(worker)
        more_threads = max(0, after.threads - before.threads)
        return (
            after.descriptors <= before.descriptors
            and more_threads <= 6  # asyncio's own, which start as they are first needed at a time
            and after.megabytes < before.megabytes * 1.03 + 4 * more_threads  # each has some memory of its own
        )

    wait_for(is_level, lambda: f"{Usage.of(worker)}, {before} before")
    assert server.workers == [worker]


def test_interpreters(photo: bytes) -> None:
    """There is an interpreter per core, and one for a lone photo, however many photos come at once."""
    settings = Settings(queue=100)
    others = interpreters()  # of other tests
    with create_app(settings).test_client() as client, ThreadPoolExecutor(16) as threads:
        wait_for(lambda: client.get("/health/ready").status_code == 200, str)  # it warms up with one more
        for _ in range(3):
            answers = list(threads.map(lambda _: client.post("/predict/image", content=photo, headers=JPEG), range(60)))
            assert {answer.status_code for answer in answers} == {200}
            assert 1 <= len(interpreters() - others) <= settings.worker_cpus() + 1


@pytest.mark.parametrize("probed", [False, True], ids=["idle", "probed"])
def test_a_peak_is_given_back(start: Start, photo: bytes, noise: bytes, *, probed: bool) -> None:
    """The memory of large photos goes back to the system once no more come, whatever else is asked."""
    encoded = base64.b64encode(noise).decode()
    server = start(WEB_CONCURRENCY="1").wait_until_ready()
    (worker,) = server.workers

    def post(body: bytes) -> None:
        requests.post(f"{server.url}/predict/image", body, headers=JPEG, timeout=PATIENCE).raise_for_status()

    def post_json(content: str) -> None:
        requests.post(f"{server.url}/predict", json={"image": content}, timeout=PATIENCE).raise_for_status()

    def is_level() -> bool:
        if probed:
            requests.get(f"{server.url}/health/live", timeout=PATIENCE)
        return Usage.of(worker).megabytes < before * 1.15

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(post, [photo] * 40))
        before = quiet(worker).megabytes
        list(threads.map(post, [noise] * 8))
        list(threads.map(post_json, [encoded] * 4))
    assert not is_level()
    wait_for(is_level, lambda: f"{Usage.of(worker).megabytes} MB, {before} before")


def upload(photo: bytes) -> bytes:
    """A request for the picture of a photo."""
    form = requests.Request("POST", "http://x/annotate", files={"file": photo}).prepare()
    assert isinstance(form.body, bytes)
    lines = [f"{name}: {value}" for name, value in form.headers.items()]
    return "\r\n".join(["POST /annotate HTTP/1.1", "Host: x", *lines, "", ""]).encode() + form.body


def test_slow_readers_keep_only_their_answers(start: Start, photo: bytes, noise: bytes) -> None:
    """While clients read slowly, the memory of their photos goes back to the system; that of their answers later."""
    server = start(WEB_CONCURRENCY="1").wait_until_ready()
    (worker,) = server.workers
    for _ in range(40):
        requests.post(f"{server.url}/annotate", files={"file": photo}, timeout=PATIENCE).raise_for_status()
    before = quiet(worker).megabytes
    request = upload(noise)
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(connect(server))) for _ in range(4)]
        for connection in slow:
            connection.sendall(request)
            assert connection.recv(12) == b"HTTP/1.1 200"
        held = 12 * len(slow)  # an answer has 7 MB, a photo 23
        wait_for(lambda: Usage.of(worker).megabytes < before + held, lambda: f"{Usage.of(worker)}, {before} before")
        assert len(slow[0].makefile("rb").read(1 << 20)) == 1 << 20
    wait_for(lambda: Usage.of(worker).megabytes < before * 1.15, lambda: f"{Usage.of(worker)}, {before} MB before")


def test_answers_that_are_not_read_are_bounded(start: Start, noise: bytes) -> None:
    """If many clients do not read their answers, those that have not for longest lose them; memory stays bounded."""
    server = start(WEB_CONCURRENCY="1", DETECTOR_UNREAD_SECONDS="600").wait_until_ready()
    (worker,) = server.workers
    before, request = quiet(worker).megabytes, upload(noise)
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(connect(server))) for _ in range(30)]  # for 207 MB
        for connection in slow:
            connection.sendall(request)
            assert connection.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 200"
        wait_for(lambda: Usage.of(worker).megabytes < before + 160, lambda: f"{Usage.of(worker)}, {before} before")
        for connection, is_whole in ((slow[0], False), (slow[-1], True)):
            _, headers, answer = Reader(connection).response()
            assert (len(answer) == int(headers["content-length"])) == is_whole


def test_a_removed_model_is_given_back(start: Start, photo: bytes, copied: Path) -> None:
    """The memory of a model that is removed while nothing is asked goes back to the system."""
    folder = copied.parent
    server = start(WEB_CONCURRENCY="1", DETECTOR_MODELS=str(folder)).wait_until_ready()
    (worker,) = server.workers

    def answers(model: str) -> list[bool]:
        def post(_: int) -> bool:
            url = f"{server.url}/predict/image?model={model}"
            return requests.post(url, photo, headers=JPEG, timeout=PATIENCE).ok

        with ThreadPoolExecutor(4) as threads:
            return list(threads.map(post, range(40)))

    assert all(answers(copied.stem))
    before = quiet(worker).megabytes
    others = {file: folder / f"other{file.suffix}" for file in folder.glob(f"{copied.stem}.*")}
    for file, other in others.items():
        shutil.copy(file, other)
    wait_for(lambda: any(answers("other")), lambda: server.log)
    assert quiet(worker).megabytes > before * 1.1
    for other in others.values():
        other.unlink()
    wait_for(lambda: Usage.of(worker).megabytes < before * 1.06, lambda: f"{Usage.of(worker)}, {before} MB before")
