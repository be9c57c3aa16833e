"""What a training run is asked to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """The same plan on the same photos and machine gives the same network.

    Attributes:
        steps: batches to learn from.
        batch: pictures a batch.
        rate: highest learning rate.
        backbone_rate: the part of it, 0..1, at which the backbone learns: it knows more than these photos can teach it.
        seed: of everything left to chance.
        size: side of the input, pixels.
        plain_share: the last part of the steps, 0..1, has no mosaics.
    """

    steps: int
    batch: int = 16
    rate: float = 1.5e-3
    backbone_rate: float = 0.3
    seed: int = 0
    size: int = 256
    plain_share: float = 0.15

    def is_plain(self, step: int) -> bool:
        """Whether this step's pictures are without mosaics."""
        return step >= round(self.steps * (1 - self.plain_share))


def steps_for(photos: int) -> int:
    """How many steps a set of this size is worth: six batches a photo, within what is sensible."""
    return min(max(6 * photos, 500), 6000)
