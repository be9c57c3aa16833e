"""Requests leak nothing: descriptors, threads and memory stay level, and peaks are returned."""

import re
import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import requests

from tests.support.server import PATIENCE, Server, Start, wait_for

JPEG = {"Content-Type": "image/jpeg"}


def usage(process: int) -> tuple[int, int, float]:
    """Descriptors, threads and megabytes of a process."""
    own = Path(f"/proc/{process}")
    rollup = (own / "smaps_rollup").read_text()
    found = re.search(r"^Anonymous:\s+(\d+)", rollup, re.MULTILINE)  # without libraries, which others may share
    assert found
    descriptors, threads = (sum(1 for _ in (own / name).iterdir()) for name in ("fd", "task"))
    return descriptors, threads, int(found[1]) / 1024


def quiet(process: int) -> tuple[int, int, float]:
    """The usage of a process once it is idle and has returned what it can."""
    time.sleep(8)
    return usage(process)


def send(server: Server, photo: bytes, photo_base64: str, number: int) -> None:
    """One request of every kind: good, bad and abandoned."""

    def post(path: str, **body: object) -> None:
        requests.post(f"{server.url}{path}", timeout=PATIENCE, **body)  # type: ignore[arg-type]

    def leave(length: int) -> None:
        parts = urlsplit(server.url)
        with socket.create_connection((parts.hostname, parts.port or 80), timeout=PATIENCE) as connection:
            head = f"POST /predict/image HTTP/1.1\r\nHost: x\r\nContent-Length: {len(photo)}\r\n\r\n"
            connection.sendall((head.encode() + photo)[:length])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # resets it

    batch = {"requests": [{"image": {"content": photo_base64}}] * 3}
    kinds: list[Callable[[], None]] = [
        lambda: post("/predict/image", data=photo, headers=JPEG),
        lambda: post("/predict/image?explain=true&score_th=0", data=photo, headers=JPEG),
        lambda: post("/predict/upload", files={"file": photo}),
        lambda: post("/annotate", files={"file": photo}),
        lambda: post("/predict", json={"image": photo_base64}),
        lambda: post("/", json=batch),
        lambda: post("/predict/image", data=photo[:5000], headers=JPEG),
        lambda: post("/predict", json={"image": 1}),
        lambda: post("/nowhere", data=photo),
        lambda: leave(60),
        lambda: leave(5000),
        lambda: leave(10**6),
    ]
    kinds[number % len(kinds)]()


def test_levels(start: Start, photo: bytes, photo_base64: str) -> None:
    """After the first few hundred requests of all kinds, another thousand use nothing more."""
    server = start().wait_until_ready()
    (worker,) = server.workers
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda number: send(server, photo, photo_base64, number), range(500)))
        before = quiet(worker)
        list(threads.map(lambda number: send(server, photo, photo_base64, number), range(1000)))
        after = quiet(worker)
    assert server.workers == [worker]
    assert after[0] <= before[0]
    assert after[1] <= before[1]
    assert after[2] < before[2] * 1.03


def test_a_peak_is_given_back(start: Start, photo: bytes) -> None:
    """The memory of large photos returns to the system once the service is idle."""
    _, data = cv2.imencode(".png", np.zeros((6000, 6000, 3), np.uint8))
    server = start().wait_until_ready()
    (worker,) = server.workers
    requests.post(f"{server.url}/predict/image", photo, headers=JPEG, timeout=PATIENCE)
    before = quiet(worker)[2]
    with ThreadPoolExecutor(4) as threads:
        for _ in threads.map(
            lambda _: requests.post(f"{server.url}/predict/image", data.tobytes(), timeout=PATIENCE), range(8)
        ):
            pass
    wait_for(lambda: usage(worker)[2] < before + 30, lambda: f"{usage(worker)[2]} MB, {before} before")
