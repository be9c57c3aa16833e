"""Measures a detector by the object's size and by the light."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.boxes import iou
from training.data import IGNORED, SIDE, Photo, to_jpeg
from training.files import replace_file
from training.measuring.pictures import draw_example
from training.measuring.precision import average_precision, fractions
from training.measuring.predictors import Predictor, find
from training.scenes import render

HEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.4, 1.01)
EXPOSURES = (1.0, 0.5, 0.25, 0.125, 0.0625)
ZOOMS = (1.0, 0.7, 0.5, 0.35, 0.25)
SCORE = 0.3
# The sensor's noise, in grey levels: it stays when the light fades.
NOISE = 2.0
SEEDS = (2, 6)  # of the drawn scenes


def recall_by_height(
    predictor: Predictor, photos: list[Photo], names: list[str]
) -> list[tuple[float, float, int, int]]:
    """Rows of (min height, max height, boxes found above SCORE, boxes), heights in fractions of the photo's."""
    heights: list[float] = []
    hits: list[bool] = []
    for photo, found in zip(photos, find(predictor, photos, names), strict=True):
        sure = found.boxes_xyxy[found.scores > SCORE]
        wanted = fractions(photo)[photo.class_ids != IGNORED]
        hits.extend(iou(box, sure).max(initial=0.0) >= 0.5 for box in wanted)
        heights.extend(wanted[:, 3] - wanted[:, 1])
    rows = []
    for low, high in pairwise(HEIGHTS):
        within = (np.array(heights) >= low) & (np.array(heights) < high)
        rows.append((low, min(high, 1.0), int(np.array(hits)[within].sum()), int(within.sum())))
    return rows


def precision_by_light(predictor: Predictor, photos: list[Photo], names: list[str]) -> list[tuple[float, float]]:
    """Rows of (exposure, AP50): the same photos with less light and the sensor's noise."""
    rows = []
    for exposure in EXPOSURES:
        rng = np.random.default_rng(0)
        darker = [replace(photo, pixels=_darker(photo.pixels, exposure, rng)) for photo in photos]
        rows.append((exposure, average_precision(find(predictor, darker, names), darker, len(names))))
    return rows


def draw_robustness(predictor: Predictor, names: list[str], file: Path) -> None:
    """Draws scenes with the boxes found in them: ever smaller in the first rows, ever darker in the last ones."""
    scenes = [render(seed) for seed in SEEDS]
    photos = [
        Photo("", *_smaller(scene.pixels, scene.boxes_xyxy, zoom), np.zeros(len(scene.boxes_xyxy), np.int64))
        for scene in scenes
        for zoom in ZOOMS
    ]
    for scene in scenes:
        for exposure in EXPOSURES:
            pixels = _darker(scene.pixels, exposure, np.random.default_rng(0))
            photos.append(Photo("", pixels, scene.boxes_xyxy, np.zeros(len(scene.boxes_xyxy), np.int64)))
    found = find(predictor, photos, names)
    tiles = [draw_example(photo, each, names) for photo, each in zip(photos, found, strict=True)]
    # A scene is wider than high: the margins of the square tiles are cut off.
    height, width = photos[0].pixels.shape[:2]
    cut = round(SIDE * (1 - height / width) / 2)
    rows = [tiles[row : row + len(ZOOMS)] for row in range(0, len(tiles), len(ZOOMS))]
    page = np.vstack([np.hstack([tile[cut : SIDE - cut] for tile in row]) for row in rows])
    replace_file(file, to_jpeg(page, quality=75))


def _darker(pixels: NDArray[np.uint8], exposure: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Less light (on the linear scale, gamma 2.2), the same noise."""
    linear = (pixels / 255.0) ** 2.2 * exposure
    noisy = 255 * linear ** (1 / 2.2) + rng.normal(0, NOISE, pixels.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def _smaller(
    pixels: NDArray[np.uint8], boxes: NDArray[np.float32], zoom: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The scene at a fraction of its size, in the centre of a blurred copy of itself."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    around = cv2.GaussianBlur(pixels, (0, 0), 25).astype(np.uint8)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    around[top : top + small.shape[0], left : left + small.shape[1]] = small
    return around, boxes * np.float32(zoom) + np.array([left, top, left, top], np.float32)
