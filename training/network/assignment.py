"""Assigns boxes to points: task-aligned assignment (Feng et al., TOOD, arXiv 2108.07755, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# No side of a box is further from its points than this many strides, which keeps the distances' int8 steps small.
MAX_STRIDES = 14.0
POINTS_PER_BOX = 10
# Exponents of score and IoU in the alignment metric; the paper uses 1 and 6.
SCORE_POWER, IOU_POWER = 1.0, 6.0


@dataclass(frozen=True)
class Truth:
    """The boxes of a batch, padded to the image with most boxes.

    Attributes:
        boxes_xyxy: float32 [B, G, 4], pixels, padded with zeros.
        class_ids: int64 [B, G].
        real: bool [B, G], False for padding and for ignored boxes.
        ignored: bool [B, G], True for boxes whose points are neither to find something nor to find nothing.
    """

    boxes_xyxy: Tensor
    class_ids: Tensor
    real: Tensor
    ignored: Tensor


@dataclass(frozen=True)
class Targets:
    """Targets of every point of every image of a batch.

    Attributes:
        scores: [B, N, C], 0..1; 0 if there is nothing.
        boxes_xyxy: [B, N, 4], pixels; valid where `chosen`.
        chosen: bool [B, N], True for points that a box is assigned to.
        counted: bool [B, N], False for points in ignored boxes that no box is assigned to.
    """

    scores: Tensor
    boxes_xyxy: Tensor
    chosen: Tensor
    counted: Tensor


def pairwise_iou(one: Tensor, others: Tensor) -> Tensor:
    """IoU [..., A, B] of boxes [..., A, 4] and [..., B, 4]."""
    low = torch.maximum(one[..., :, None, :2], others[..., None, :, :2])
    high = torch.minimum(one[..., :, None, 2:], others[..., None, :, 2:])
    overlap = (high - low).clamp(min=0).prod(-1)
    area_one = (one[..., 2:] - one[..., :2]).clamp(min=0).prod(-1)
    area_others = (others[..., 2:] - others[..., :2]).clamp(min=0).prod(-1)
    return overlap / (area_one[..., :, None] + area_others[..., None, :] - overlap + 1e-9)


@torch.no_grad()
def assign(scores: Tensor, boxes: Tensor, points: Tensor, truth: Truth) -> Targets:
    """Assigns each box to its best points.

    Args:
        scores: predicted probabilities [B, N, C].
        boxes: predicted boxes [B, N, 4], pixels.
        points: [N, 3]: x, y, stride.
        truth: the boxes of the images.
    """
    wanted = truth.boxes_xyxy
    overlap = pairwise_iou(wanted, boxes)
    of_class = scores.gather(2, truth.class_ids[:, None, :].expand(-1, scores.shape[1], -1)).transpose(1, 2)
    # The small second term ranks points as long as scores are near 0.
    metric = of_class.pow(SCORE_POWER) * overlap.pow(IOU_POWER) + 1e-9 * overlap
    candidate = _near(points, wanted) & truth.real[..., None]
    metric = torch.where(candidate, metric + 1e-12, torch.zeros_like(metric))

    best = metric.topk(min(POINTS_PER_BOX, metric.shape[2]), dim=2)
    taken = torch.zeros_like(candidate).scatter(2, best.indices, best.values > 0)
    # A point chosen by several boxes goes to the one that its prediction overlaps most.
    owner = torch.where(taken, overlap + 1e-6, torch.full_like(overlap, -1.0)).argmax(1)
    mine = torch.nn.functional.one_hot(owner, wanted.shape[1]).transpose(1, 2).bool()
    taken &= mine

    metric = metric * taken
    best_metric = metric.amax(2, keepdim=True)
    quality = (metric / (best_metric + 1e-12) * (overlap * taken).amax(2, keepdim=True)).amax(1)
    chosen = taken.any(1)
    class_of = truth.class_ids.gather(1, owner)
    targets = torch.nn.functional.one_hot(class_of, scores.shape[2]) * (quality * chosen)[..., None]
    ignored = (_inside(points, wanted) & truth.ignored[..., None]).any(1)
    return Targets(targets, wanted.gather(1, owner[..., None].expand(-1, -1, 4)), chosen, chosen | ~ignored)


def _near(points: Tensor, wanted: Tensor) -> Tensor:
    """Mask [B, G, N] of points in or next to a box's centre, with a stride that can span the box."""
    position, stride = points[:, :2], points[:, 2]
    middle = (wanted[..., :2] + wanted[..., 2:])[..., None, :] / 2
    tiny = (position - middle).abs().amax(-1) <= stride / 2
    reachable = _sides(points, wanted).amax(-1) <= MAX_STRIDES * stride
    return (_inside(points, wanted) | tiny) & reachable


def _inside(points: Tensor, boxes: Tensor) -> Tensor:
    """Mask [B, G, N] of points in boxes."""
    return _sides(points, boxes).amin(-1) > 0


def _sides(points: Tensor, boxes: Tensor) -> Tensor:
    """Distances [B, G, N, 4] from points to the sides of boxes: left, top, right, bottom."""
    position = points[:, :2]
    return torch.cat([position - boxes[..., None, :2], boxes[..., None, 2:] - position], -1)
