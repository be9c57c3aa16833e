"""A crowd of our own to show, and what a classic COCO detector finds in it, as exported and opened.

`.venv/bin/python -m tests.support.crowd` renews the figure in docs/running-models.md; it needs the public test data.
"""

import io
import math
import os
import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np
import requests
from numpy.typing import NDArray
from PIL import Image

from tests.support.server import PATIENCE, ROOT, Server

FIGURE = ROOT / "docs" / "pictures" / "opened.jpg"
ROWS, COLUMNS = 3, 6
WIDTH, HEIGHT = 960, 640
RED, WHITE, GREY = (190, 25, 30), (240, 240, 240), (110, 110, 110)
MODELS = ("exported", "opened")


def draw() -> NDArray[np.uint8]:
    """Draws rows of stop signs under a sky, [height, width, 3], the same each time."""
    chance = np.random.default_rng(6)
    sky = np.linspace((150, 190, 225), (205, 215, 225), HEIGHT)[:, np.newaxis]
    image_rgb = np.repeat(sky, WIDTH, axis=1).astype(np.uint8)
    image_rgb[int(HEIGHT * 0.8) :] = (120, 130, 110)
    for row in range(ROWS):
        for column in range(COLUMNS):
            x, y = (column + 0.58) * 155, row * 190 + 100
            _draw_sign(image_rgb, x + chance.uniform(-12, 12), y + chance.uniform(-12, 12), chance.uniform(52, 64))
    blurred = cv2.GaussianBlur(image_rgb, (0, 0), 0.8)
    return np.clip(blurred + chance.normal(0, 5, blurred.shape), 0, 255).astype(np.uint8)


def _draw_sign(image_rgb: NDArray[np.uint8], x: float, y: float, radius: float) -> None:
    """Draws a stop sign on its pole, around a centre."""
    cv2.line(image_rgb, (int(x), int(y)), (int(x), int(y + radius * 3)), GREY, int(radius / 6))
    angles = math.pi / 8 + np.arange(8) * math.pi / 4
    for size, colour in ((radius, WHITE), (radius * 0.92, RED)):
        corners = np.stack([x + size * np.cos(angles), y + size * np.sin(angles)], axis=1)
        cv2.fillPoly(image_rgb, [np.rint(corners * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
    font, scale, thickness = cv2.FONT_HERSHEY_SIMPLEX, radius / 42, int(radius / 10)
    (width, height), _ = cv2.getTextSize("STOP", font, scale, thickness)
    cv2.putText(
        image_rgb, "STOP", (int(x - width / 2), int(y + height / 2)), font, scale, WHITE, thickness, cv2.LINE_AA
    )


def bring(assets: Path, folder: Path) -> None:
    """Puts the detector into a folder twice: as exported, by its sidecar, and opened."""
    for name in MODELS:
        shutil.copy(assets / "models" / "ssd_mobilenet_v1_coco.tflite", folder / f"{name}.tflite")
        shutil.copy(assets / "labels" / "coco_90_with_placeholder.txt", folder / f"{name}.txt")
    (folder / "exported.yml").write_text("family: ssd_postprocess", "utf-8")


def photo() -> bytes:
    """The crowd as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(draw()).save(file, "PNG")
    return file.getvalue()


def take(server: Server, file: Path) -> None:
    """Returns the crowd as each of a service's two models annotates it, side by side."""
    views = []
    for model in MODELS:
        answer = requests.post(
            f"{server.url}/annotate", files={"file": photo()}, data={"model": model}, timeout=PATIENCE
        )
        answer.raise_for_status()
        views.append(np.asarray(Image.open(io.BytesIO(answer.content)).resize((WIDTH * 2 // 3, HEIGHT * 2 // 3))))
    gap = np.full((views[0].shape[0], 12, 3), 255, np.uint8)
    Image.fromarray(np.hstack([views[0], gap, views[1]])).save(file, "JPEG", quality=80)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        assets = Path(os.environ.get("SPECSIGHT_ASSETS") or ROOT.parent / "shared" / "assets")
        bring(assets, Path(folder))
        server = Server(Path(folder) / "log", DETECTOR_MODELS=folder).wait_until_ready()
        try:
            take(server, FIGURE)
        finally:
            server.stop()
