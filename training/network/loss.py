"""The loss that training minimises."""

from __future__ import annotations

import torch
from torch import Tensor

from training.network.assignment import Truth, assign

# Weight of the boxes' loss against the scores', as in PP-YOLOE (Xu et al., arXiv 2203.16250, section 2.2).
BOX_WEIGHT = 2.5


def generalised_iou(one: Tensor, other: Tensor) -> Tensor:
    """GIoU [K], -1..1, of paired boxes [K, 4] (Rezatofighi et al., arXiv 1902.09630, algorithm 1)."""
    low, high = torch.maximum(one[:, :2], other[:, :2]), torch.minimum(one[:, 2:], other[:, 2:])
    overlap = (high - low).clamp(min=0).prod(1)
    union = (one[:, 2:] - one[:, :2]).prod(1) + (other[:, 2:] - other[:, :2]).prod(1) - overlap
    hull = (torch.maximum(one[:, 2:], other[:, 2:]) - torch.minimum(one[:, :2], other[:, :2])).prod(1)
    return overlap / (union + 1e-6) - (hull - union) / (hull + 1e-6)


def detection_loss(logits: Tensor, distances: Tensor, points: Tensor, truth: Truth) -> tuple[Tensor, Tensor]:
    """Loss of a batch.

    Args:
        logits: [B, N, C].
        distances: [B, N, 4], strides.
        points: [N, 3]: x, y in pixels, stride.
        truth: the boxes of the images.

    Returns:
        Loss of the scores (binary cross entropy with the alignment as target) and of the boxes (GIoU), both scalars.
    """
    sides = distances * points[:, 2:]
    boxes = torch.cat([points[:, :2] - sides[..., :2], points[:, :2] + sides[..., 2:]], -1)
    targets = assign(logits.sigmoid(), boxes, points, truth)
    total = targets.scores.sum().clamp(min=1.0)
    score_loss = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, targets.scores, weight=targets.counted[..., None].float(), reduction="sum"
    )
    weight = targets.scores.sum(-1)[targets.chosen]
    gap = 1 - generalised_iou(boxes[targets.chosen], targets.boxes_xyxy[targets.chosen])
    return score_loss / total, BOX_WEIGHT * (gap * weight).sum() / total
