"""Average precision and the precision-recall curve of detections in labelled photos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, area, intersection, iou
from training.data import IGNORED, Photo

MIN_IOU = 0.5


@dataclass(frozen=True)
class Curve:
    """One label's precision at rising recall.

    Attributes:
        precision: float64 [K], 0..1, of the K best boxes.
        recall: float64 [K], 0..1.
        scores: float32 [K], falling.
        average_precision: 101-point AP at IoU 0.5, 0..1.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    scores: NDArray[np.float32]
    average_precision: float


def fractions(photo: Photo) -> NDArray[np.float64]:
    """The photo's boxes [K, 4] in fractions of it."""
    height, width = photo.pixels.shape[:2]
    return photo.boxes_xyxy / np.array([width, height, width, height], np.float64)


def curve(found: list[Candidates], photos: list[Photo], class_id: int) -> Curve | None:
    """Precision and recall of one label; None if no photo has a box of it."""
    total = sum(int((photo.class_ids == class_id).sum()) for photo in photos)
    if not total:
        return None
    scores: list[float] = []
    hits: list[bool] = []
    for candidates, photo in zip(found, photos, strict=True):
        mine = candidates.take(candidates.class_ids == class_id)
        boxes = fractions(photo)
        found_one = _hits(mine.boxes_xyxy, boxes[photo.class_ids == class_id])
        counted = found_one | ~_in_ignored(mine.boxes_xyxy, boxes[photo.class_ids == IGNORED])
        scores.extend(mine.scores[counted].tolist())
        hits.extend(found_one[counted].tolist())
    order = np.argsort(-np.array(scores, np.float32), kind="stable")
    right = np.cumsum(np.array(hits, np.float64)[order])
    precision, recall = right / np.arange(1, len(right) + 1), right / total
    return Curve(precision, recall, np.array(scores, np.float32)[order], _area(precision, recall))


def average_precision(found: list[Candidates], photos: list[Photo], classes: int) -> float:
    """Mean 101-point AP at IoU 0.5 (as COCO computes it) over the labels present; 0 if none is."""
    curves = [curve(found, photos, class_id) for class_id in range(classes)]
    values = [one.average_precision for one in curves if one is not None]
    return float(np.mean(values)) if values else 0.0


def _hits(boxes: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.bool_]:
    """For each box, best score first, True if it finds a labelled box that no earlier one has found."""
    free = np.ones(len(wanted), bool)
    hits = []
    for box in boxes:
        overlaps = iou(box, wanted) * free
        best = int(np.argmax(overlaps)) if len(wanted) else -1
        hit = best >= 0 and bool(overlaps[best] >= MIN_IOU)
        if hit:
            free[best] = False
        hits.append(hit)
    return np.array(hits, bool)


def _in_ignored(boxes: NDArray[np.float64], ignored: NDArray[np.float64]) -> NDArray[np.bool_]:
    """For each box, True if at least half of it lies in one ignored box."""
    shares = [intersection(box, ignored) / max(float(area(box)), 1e-12) for box in boxes]
    return np.array([share.max(initial=0.0) >= MIN_IOU for share in shares], bool)


def _area(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> float:
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
    return float(np.mean(np.append(envelope, 0.0)[np.minimum(at, len(envelope))]))
