"""Where a detector fails: by the object's size and by the light."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.boxes.geometry import iou
from training.dataset import Photo
from training.evaluate import Model, Network, find
from training.example import render
from training.measure import average_precision
from training.pictures import SIDE, draw_tile, write_jpeg

HEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.4, 1.01)
EXPOSURES = (1.0, 0.5, 0.25, 0.125, 0.0625)
ZOOMS = (1.0, 0.7, 0.5, 0.35, 0.25)
SCORE = 0.3
# The sensor's noise, in grey levels: what stays when the light goes.
NOISE = 2.0
DRAWN_SCENES = (2, 6)


def recall_by_height(model: Model | Network, photos: list[Photo]) -> list[tuple[float, float, int, int]]:
    """Rows of (least height, most height, boxes found above SCORE, boxes), heights as parts of the photo's."""
    heights: list[float] = []
    hits: list[bool] = []
    for photo, found in zip(photos, find(model, model.size, photos), strict=True):
        sure = found.boxes_xyxy[found.scores > SCORE]
        hits.extend(iou(box, sure).max(initial=0.0) >= 0.5 for box in photo.boxes_xyxy)
        heights.extend((photo.boxes_xyxy[:, 3] - photo.boxes_xyxy[:, 1]) / photo.pixels.shape[0])
    rows = []
    for low, high in pairwise(HEIGHTS):
        within = (np.array(heights) >= low) & (np.array(heights) < high)
        rows.append((low, min(high, 1.0), int(np.array(hits)[within].sum()), int(within.sum())))
    return rows


def precision_by_light(model: Model | Network, photos: list[Photo], classes: int) -> list[tuple[float, float]]:
    """Rows of (exposure, AP50): the same photos, taken with less light and the sensor's noise."""
    rows = []
    for exposure in EXPOSURES:
        rng = np.random.default_rng(0)
        darker = [replace(photo, pixels=_darker(photo.pixels, exposure, rng)) for photo in photos]
        rows.append((exposure, average_precision(find(model, model.size, darker), darker, classes)))
    return rows


def draw_limits(model: Model | Network, names: list[str], file: Path) -> None:
    """Drawn scenes with what is found in them: ever smaller in the first rows, ever darker in the last ones."""
    tiles = []
    for change in (_smaller, None):
        for seed in DRAWN_SCENES:
            scene = render(seed)
            for zoom, exposure in zip(ZOOMS, EXPOSURES, strict=True):
                pixels, boxes = scene.pixels, scene.boxes_xyxy
                if change:
                    pixels, boxes = change(pixels, boxes, zoom)
                else:
                    pixels = _darker(pixels, exposure, np.random.default_rng(0))
                photo = Photo("", pixels, boxes, np.zeros(len(boxes), np.int64))
                tiles.append(draw_tile(photo, find(model, model.size, [photo])[0], names))
    # A scene is wider than high: the margins of the square tiles are cut off.
    cut = round(SIDE * (1 - pixels.shape[0] / pixels.shape[1]) / 2)
    rows = [tiles[row : row + len(ZOOMS)] for row in range(0, len(tiles), len(ZOOMS))]
    write_jpeg(np.vstack([np.hstack([tile[cut : SIDE - cut] for tile in row]) for row in rows]), file, quality=75)


def _darker(pixels: NDArray[np.uint8], exposure: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Less light (on the linear scale, gamma 2.2), the same noise."""
    linear = (pixels / 255.0) ** 2.2 * exposure
    noisy = 255 * linear ** (1 / 2.2) + rng.normal(0, NOISE, pixels.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def _smaller(
    pixels: NDArray[np.uint8], boxes: NDArray[np.float32], zoom: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The scene at a part of its size, in the middle of a blurred copy of itself."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    around = cv2.GaussianBlur(pixels, (0, 0), 25).astype(np.uint8)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    around[top : top + small.shape[0], left : left + small.shape[1]] = small
    return around, boxes * np.float32(zoom) + np.array([left, top, left, top], np.float32)
