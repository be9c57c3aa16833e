"""Average precision, false alarms and the precision-recall curve of a list of findings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.geometry import iou
from detector.boxes.nms import suppress
from training.dataset import Photo

LEAST_SCORE = 0.01
NMS_IOU = 0.6
MOST = 100
CANDIDATES = 1000


@dataclass(frozen=True)
class Found:
    """Detections of one photo, best score first.

    Attributes:
        boxes_xyxy: float64 [K, 4], pixels of the photo.
        scores: float64 [K], 0..1.
        class_ids: int64 [K].
    """

    boxes_xyxy: NDArray[np.float64]
    scores: NDArray[np.float64]
    class_ids: NDArray[np.int64]


@dataclass(frozen=True)
class Curve:
    """One class's precision at rising recall.

    Attributes:
        precision: float64 [K], 0..1, of the K best findings.
        recall: float64 [K], 0..1.
        scores: float32 [K], falling.
        average_precision: 101-point AP at IoU 0.5, 0..1.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    scores: NDArray[np.float32]
    average_precision: float


def select(scores: NDArray[np.float32], boxes: NDArray[np.float32], photo: Photo) -> Found:
    """Findings of one photo: every class's score counts for itself.

    Args:
        scores: [N, C], 0..1.
        boxes: [N, 4], x0, y0, x1, y1, pixels of the photo.
        photo: for its size: boxes are clipped to it.
    """
    height, width = photo.pixels.shape[:2]
    clipped = np.clip(boxes.astype(np.float64), 0, [width, height, width, height])
    rows, class_ids = np.nonzero(scores > max(LEAST_SCORE, _nth_best(scores, CANDIDATES)))
    ranked = Candidates(clipped[rows], scores[rows, class_ids].astype(np.float64), class_ids).ranked()
    kept, _ = suppress(ranked, NMS_IOU, per_class=True, most=MOST)
    return Found(ranked.boxes_xyxy[kept], ranked.scores[kept], ranked.class_ids[kept])


def curve(found: list[Found], photos: list[Photo], class_id: int) -> Curve | None:
    """Precision and recall of one class at IoU 0.5; None if no photo shows it."""
    total = sum(int((photo.class_ids == class_id).sum()) for photo in photos)
    if not total:
        return None
    scores: list[float] = []
    hits: list[bool] = []
    for findings, photo in zip(found, photos, strict=True):
        wanted = photo.boxes_xyxy[photo.class_ids == class_id]
        free = np.ones(len(wanted), bool)
        mine = findings.class_ids == class_id
        for score, box in zip(findings.scores[mine], findings.boxes_xyxy[mine], strict=True):
            overlaps = iou(box, wanted)
            best = int(np.argmax(overlaps * free)) if len(wanted) else -1
            hit = best >= 0 and bool(free[best]) and overlaps[best] >= 0.5
            if hit:
                free[best] = False
            scores.append(float(score))
            hits.append(hit)
    order = np.argsort(-np.array(scores, np.float32), kind="stable")
    right = np.cumsum(np.array(hits, np.float64)[order])
    precision, recall = right / np.arange(1, len(right) + 1), right / total
    return Curve(precision, recall, np.array(scores, np.float32)[order], _area(precision, recall))


def average_precision(found: list[Found], photos: list[Photo], classes: int) -> float:
    """Mean over the classes present of 101-point AP at IoU 0.5 (as COCO counts); 0 if none is."""
    curves = [curve(found, photos, class_id) for class_id in range(classes)]
    values = [one.average_precision for one in curves if one is not None]
    return float(np.mean(values)) if values else 0.0


def quiet_share(found: list[Found], threshold: float = 0.5) -> float:
    """Share of photos, 0..1, without any finding above the threshold."""
    return float(np.mean([not (findings.scores > threshold).any() for findings in found]))


def _nth_best(scores: NDArray[np.float32], place: int) -> float:
    """The score at that place, so that a network that finds everything everywhere does not take for ever."""
    return float(np.partition(scores, -place, axis=None)[-place]) if scores.size > place else 0.0


def _area(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> float:
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
    return float(np.mean(np.append(envelope, 0.0)[np.minimum(at, len(envelope))]))
