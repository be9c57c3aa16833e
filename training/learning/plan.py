"""The plan of a training run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """The same plan on the same photos and machine gives the same network.

    Attributes:
        steps: batches to learn from.
        batch: images per batch.
        rate: maximum learning rate.
        backbone_rate: the backbone's learning rate relative to `rate`, 0..1; low, for it is trained already.
        seed: of everything random.
        size: side of the input, pixels.
        plain_share: share of the steps, 0..1, at the end, without mosaics.
    """

    steps: int
    batch: int = 16
    rate: float = 1.5e-3
    backbone_rate: float = 0.3
    seed: int = 0
    size: int = 256
    plain_share: float = 0.15

    def is_plain(self, step: int) -> bool:
        """True if this step's images are without mosaics."""
        return step >= round(self.steps * (1 - self.plain_share))


def steps_for(photos: int) -> int:
    """Steps for a set of this size: six batches per photo, within bounds."""
    return min(max(6 * photos, 500), 6000)
