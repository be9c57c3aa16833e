"""Geometry of boxes."""

import numpy as np
from numpy.typing import NDArray


def from_centres(boxes_cxcywh: NDArray[np.floating]) -> NDArray[np.floating]:
    """Converts boxes [N, 4] from centre, width and height to left, top, right and bottom."""
    centres, halves = boxes_cxcywh[:, :2], boxes_cxcywh[:, 2:] / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)


def clip(boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    """Clips boxes [N, 4], in fractions, to the image."""
    return np.asarray(np.clip(boxes_xyxy, 0.0, 1.0), np.float64)


def iou(box_xyxy: NDArray[np.floating], boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union, 0..1, of one box [4] with each of many [N, 4]; 0 if both are empty."""
    shared = intersection(box_xyxy, boxes_xyxy)
    union = area(box_xyxy) + area(boxes_xyxy) - shared
    ratios = np.divide(shared, union, out=np.zeros(len(boxes_xyxy)), where=union > 0)
    return np.asarray(np.minimum(ratios, 1.0))


def intersection(box_xyxy: NDArray[np.floating], boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    """The areas [N] that one box [4] shares with each of many [N, 4]."""
    low = np.maximum(box_xyxy[:2], boxes_xyxy[:, :2])
    high = np.minimum(box_xyxy[2:], boxes_xyxy[:, 2:])
    return np.asarray(np.prod(np.maximum(high - low, 0.0), axis=1), np.float64)


def area(boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    """Areas of boxes [..., 4]; 0 for an inverted box."""
    sides = np.maximum(boxes_xyxy[..., 2:] - boxes_xyxy[..., :2], 0.0)
    return np.asarray(sides[..., 0] * sides[..., 1], np.float64)
