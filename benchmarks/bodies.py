"""Measures large bodies, long answers and batches, in one run against one service.

    .venv/bin/python -m benchmarks.bodies MODEL.tflite PHOTO.jpg

Labels lie beside the model. Requests of each kind take turns. Prints differences and ratios of medians.
"""

import base64
import http.client
import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from benchmarks.service import free_port
from benchmarks.throughput import ROOT, copy_model, serving
from detector import Findings
from handlers.photo import to_detections

ROUNDS = 15
BATCH = 16
AT_A_TIME = 2
BODY_BYTES = 10_000_000
BOXES = 1000


def milliseconds(*works: Callable[[], object]) -> list[float]:
    """The median times of several works, which take turns."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, taken in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            taken.append((time.perf_counter() - start) * 1000)
    return [statistics.median(taken) for taken in times]


class Client:
    """Connections to the service that stay open, one per thread."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._idle: list[http.client.HTTPConnection] = []

    def post(self, path: str, body: bytes, media_type: str) -> None:
        """Sends a body and reads its answer, which must be a success."""
        connection = self._idle.pop() if self._idle else http.client.HTTPConnection("127.0.0.1", int(self._port))
        connection.request("POST", path, body, {"Content-Type": media_type})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(text.decode())
        self._idle.append(connection)


def enlarge(photo: bytes, size: int) -> bytes:
    """A photo with enough noise and pixels for a JPEG of about `size` bytes."""
    with Image.open(io.BytesIO(photo)) as image:
        pixels = np.asarray(image.convert("RGB").resize((4000, 3000)), np.int16)
    grainy = np.clip(pixels + np.random.default_rng(1).integers(-22, 22, pixels.shape), 0, 255).astype(np.uint8)
    for quality in range(60, 101):
        file = io.BytesIO()
        Image.fromarray(grainy).save(file, "JPEG", quality=quality)
        if file.tell() >= size:
            break
    return file.getvalue()


def some(boxes: int) -> Findings:
    """Findings with `boxes` boxes."""
    generator = np.random.default_rng(1)
    corners = generator.random((boxes, 2)) / 2
    scores = np.sort(generator.random(boxes))[::-1]
    return Findings(
        640, 480, np.hstack([corners, corners + 0.3]), scores, ("cone",) * boxes, ("cones",) * boxes, None, ()
    )


def main(model: Path, photo: Path) -> None:
    """Prints the costs."""
    small = photo.read_bytes()
    large = enlarge(small, BODY_BYTES * 3 // 4)
    large_json = json.dumps({"image": base64.b64encode(large).decode()}).encode()
    entry = {"image": {"content": base64.b64encode(small).decode()}}
    one, batch = (json.dumps({"requests": [entry] * count}).encode() for count in (1, BATCH))
    port = str(free_port())
    with tempfile.TemporaryDirectory() as folder:
        variables = {"PORT": port, "DETECTOR_MODELS": str(copy_model(model, Path(folder))), "LOG_LEVEL": "warning"}
        with (
            serving([Path(sys.executable).with_name("gunicorn")], ROOT, variables),
            ThreadPoolExecutor(AT_A_TIME) as threads,
        ):
            client = Client(port)
            as_bytes, as_json, together, apart = milliseconds(
                lambda: client.post("/predict/image", large, "image/jpeg"),
                lambda: client.post("/predict", large_json, "application/json"),
                lambda: client.post("/", batch, "application/json"),
                lambda: list(threads.map(lambda _: client.post("/", one, "application/json"), range(BATCH))),
            )
    findings = some(BOXES)
    [boxes] = milliseconds(lambda: msgspec.json.encode(to_detections(findings, in_pixels=False)))
    print(f"{len(large_json) / 1e6:.0f} MB of JSON, compared with the photo as bytes: {as_json - as_bytes:.1f} ms more")
    print(f"{BATCH} photos in one request, relative to {BATCH}, {AT_A_TIME} at a time: {together / apart:.2f}")
    print(f"converting and writing {BOXES} boxes: {boxes:.1f} ms")


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
