"""Scores a running service on labelled photos, independently of the detector and of training."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import requests
from numpy.typing import NDArray

from tests.support.server import PATIENCE, Server

IOU = 0.5
EVERYTHING = {"score_th": 0.01, "nms_iou": 0.6, "maxResults": 100, "min_height": 0, "min_width": 0}
RECALLS = np.linspace(0, 1, 101)  # as COCO's evaluation samples the curve

Box = tuple[float, float, float, float]  # left, top, right, bottom, fractions of the photo


@dataclass(frozen=True, slots=True)
class Found:
    """One detection."""

    photo: str
    score: float
    box: Box


def ap50(server: Server, data: Path, labels: Sequence[str]) -> float:
    """Mean average precision at IoU 0.5 of a service's default model, over the labels that the photos have.

    Args:
        server: a running service.
        data: a folder with images/ and labels/, the latter in YOLO's format.
        labels: by their index in labels/.
    """
    wanted: dict[str, dict[str, list[Box]]] = defaultdict(lambda: defaultdict(list))
    photos = sorted((data / "images").iterdir())
    for photo in photos:
        for line in _lines(data / "labels" / f"{photo.stem}.txt"):
            class_id, x, y, width, height = map(float, line.split()[:5])
            box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            wanted[labels[int(class_id)]][photo.name].append(box)
    found: dict[str, list[Found]] = defaultdict(list)
    with ThreadPoolExecutor(4) as callers:
        for detections in callers.map(lambda photo: _detections(server, photo), photos):
            for label, one in detections:
                found[label].append(one)
    return float(np.mean([average_precision(found[label], boxes) for label, boxes in wanted.items()]))


def average_precision(found: Sequence[Found], wanted: Mapping[str, Sequence[Box]]) -> float:
    """The mean over 101 recalls of the best precision at that recall or above; a box counts for one detection."""
    free = {photo: list(boxes) for photo, boxes in wanted.items()}
    hits = []
    for each in sorted(found, key=lambda each: -each.score):
        boxes = free.get(each.photo, [])
        overlaps = iou(each.box, boxes) if boxes else np.zeros(1)
        is_hit = bool(overlaps.max() >= IOU)
        if is_hit:
            boxes.pop(int(overlaps.argmax()))
        hits.append(is_hit)
    right = np.cumsum(hits)
    recall = right / sum(map(len, wanted.values()))
    precision = np.maximum.accumulate((right / np.arange(1, len(hits) + 1))[::-1])[::-1]
    reached = np.searchsorted(recall, RECALLS - 1e-9)
    return float(np.append(precision, 0.0)[reached].mean())


def iou(box: Box, others: Sequence[Box]) -> NDArray[np.float64]:
    """The intersection over union of a box with each of some others."""
    one, many = np.array(box), np.array(others)
    shared = np.clip(np.minimum(one[2:], many[:, 2:]) - np.maximum(one[:2], many[:, :2]), 0, None).prod(axis=1)
    union = (one[2:] - one[:2]).prod() + (many[:, 2:] - many[:, :2]).prod(axis=1) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def _detections(server: Server, photo: Path) -> list[tuple[str, Found]]:
    response = requests.post(f"{server.url}/predict/image", photo.read_bytes(), params=EVERYTHING, timeout=PATIENCE)
    assert response.status_code == 200, f"{response.text}\n{server.log}"
    return [
        (each["name"], Found(photo.name, each["score"], _corners(each)))
        for each in response.json()["normalizedVertices"]
    ]


def _corners(each: Mapping[str, float]) -> Box:
    return each["x"], each["y"], each["x"] + each["width"], each["y"] + each["height"]


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines() if file.is_file() else []
