"""Requests of all kinds, good, bad and abandoned, one after another."""

import base64
import json
import socket
import struct
from collections.abc import Callable
from urllib.parse import urlsplit

import requests

from tests.support.server import PATIENCE

JPEG = {"Content-Type": "image/jpeg"}
JSON = {"Content-Type": "application/json"}
RESET = struct.pack("ii", 1, 0)  # of SO_LINGER: the connection ends without a farewell


class Mixture:
    """Requests to a server."""

    def __init__(self, url: str, photo: bytes) -> None:
        """Prepares them.

        Args:
            url: the server's.
            photo: what the sound ones send.
        """
        image = base64.b64encode(photo).decode()
        batch = {"requests": [{"image": {"content": image}}] * 3}
        self._url = url
        self._photo = photo
        self._kinds: list[Callable[[], object]] = [
            lambda: self._post("/predict/image", data=photo, headers=JPEG),
            lambda: self._post("/predict/image?explain=true&score_th=0", data=photo, headers=JPEG),
            lambda: self._post("/predict/upload", files={"file": photo}),
            lambda: self._post("/annotate", files={"file": photo}),
            lambda: self._post("/predict", json={"image": image}),
            lambda: self._post("/", json=batch),
            lambda: self._post("/predict/image", data=photo[:5000], headers=JPEG),
            lambda: self._post("/predict", json={"image": 1}),
            lambda: self._post("/predict", data=json.dumps({"image": image})[:-9], headers=JSON),
            lambda: self._post("/predict/upload", files={"model": b"x"}),
            lambda: self._post("/nowhere", data=photo),
            lambda: requests.get(f"{url}/metrics", timeout=PATIENCE),
            lambda: self._leave(60),
            lambda: self._leave(5000),
            lambda: self._leave(10**6),
        ]

    def send(self, number: int) -> None:
        """Sends one of them; each number has its kind."""
        self._kinds[number % len(self._kinds)]()

    def _post(self, path: str, **body: object) -> None:
        requests.post(f"{self._url}{path}", timeout=PATIENCE, **body)  # type: ignore[arg-type]

    def _leave(self, length: int) -> None:
        """Sends some bytes of a photo, and resets the connection."""
        parts = urlsplit(self._url)
        with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=PATIENCE) as connection:
            head = f"POST /predict/image HTTP/1.1\r\nHost: x\r\nContent-Length: {len(self._photo)}\r\n\r\n"
            connection.sendall((head.encode() + self._photo)[:length])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
