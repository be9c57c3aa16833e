"""Labels photos by models: boxes that several agree on are objects, doubtful ones are to be ignored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, iou
from training.data import Photo
from training.measuring.predictors import Predictor, find

# Boxes of one label that overlap by more than this are taken for one object.
SAME_OBJECT = 0.55


@dataclass
class Cluster:
    """Boxes of several models for one object.

    Attributes:
        label: its label.
        scores: by model.
        boxes_xyxy: one per model, fractions of the photo.
    """

    label: int
    scores: dict[int, float] = field(default_factory=dict)
    boxes_xyxy: list[NDArray[np.float64]] = field(default_factory=list)

    @property
    def box_xyxy(self) -> NDArray[np.float64]:
        """The mean box, weighted by the scores."""
        return np.average(self.boxes_xyxy, axis=0, weights=list(self.scores.values()))


def label_photos(predictors: list[Predictor], photos: list[Photo], names: list[str]) -> list[Candidates]:
    """Boxes of each photo, with the mean score of all models; a model that does not find an object scores it 0."""
    found = [find(predictor, photos, names) for predictor in predictors]
    return [fuse([each[index] for each in found]) for index in range(len(photos))]


def fuse(found: list[Candidates]) -> Candidates:
    """Joins several models' boxes in one photo (Solovyev et al., Weighted Boxes Fusion, arXiv 1910.13302)."""
    rows = [
        (score, model, box, label)
        for model, each in enumerate(found)
        for box, score, label in zip(each.boxes_xyxy, each.scores.tolist(), each.class_ids.tolist(), strict=True)
    ]
    clusters: list[Cluster] = []
    for score, model, box, label in sorted(rows, key=lambda row: -row[0]):
        cluster = _nearest([each for each in clusters if each.label == label and model not in each.scores], box)
        if cluster is None:
            cluster = Cluster(label)
            clusters.append(cluster)
        cluster.scores[model] = score
        cluster.boxes_xyxy.append(box)
    return Candidates(
        np.array([cluster.box_xyxy for cluster in clusters]).reshape(-1, 4),
        np.array([sum(cluster.scores.values()) / len(found) for cluster in clusters]),
        np.array([cluster.label for cluster in clusters], np.intp),
    ).sort_by_score()


def to_coco(
    photos: list[Photo], labelled: list[Candidates], names: list[str], sure: float, doubtful: float
) -> dict[str, Any]:
    """A COCO file: boxes from the score `sure` on as objects, from `doubtful` on as crowds, which are ignored."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, (photo, candidates) in enumerate(zip(photos, labelled, strict=True), 1):
        height, width = photo.pixels.shape[:2]
        images.append({"id": number, "file_name": photo.name, "width": width, "height": height})
        chosen = candidates.take(candidates.scores >= doubtful)
        sizes = np.array([width, height] * 2)
        for box, score, label in zip(chosen.boxes_xyxy * sizes, chosen.scores, chosen.class_ids, strict=True):
            x0, y0, x1, y1 = (round(float(value), 1) for value in box)
            rest = {"iscrowd": int(score < sure), "score": round(float(score), 3)}
            bbox = [x0, y0, round(x1 - x0, 1), round(y1 - y0, 1)]
            annotation = {"id": len(annotations) + 1, "image_id": number, "category_id": int(label) + 1, "bbox": bbox}
            annotations.append(annotation | rest)
    categories = [{"id": index, "name": name} for index, name in enumerate(names, 1)]
    return {"images": images, "annotations": annotations, "categories": categories}


def _nearest(clusters: list[Cluster], box: NDArray[np.float64]) -> Cluster | None:
    """The cluster that a box overlaps most, if it is the same object."""
    overlaps = [float(iou(box, cluster.box_xyxy[None])[0]) for cluster in clusters]
    best = max(range(len(clusters)), key=overlaps.__getitem__, default=None)
    return clusters[best] if best is not None and overlaps[best] > SAME_OBJECT else None
