"""The plan of a training run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Parts of a run's time: measuring on val while it learns, then exporting.
MEASURING, EXPORT_SECONDS = 0.08, 45
MIN_STEPS = 50
SIZES = (256, 320, 384)
SMALL, SMALL_SHARE = 16, 0.25  # pixels of the input; share of the boxes
SHORT_MINUTES = 10
# The maximum learning rate: for labels that the start does not know, and where it knows them all. In the latter case a
# few photos have little to add to the thousands that it has seen, and a high rate makes it forget those.
RATE, KNOWN_RATE = 1.5e-3, 3e-4


@dataclass(frozen=True)
class Plan:
    """The same plan on the same photos and machine gives the same network.

    Attributes:
        steps: batches to learn from; 0 for as many as `minutes` allow.
        batch: images per batch.
        rate: maximum learning rate.
        backbone_rate: the backbone's learning rate relative to `rate`, 0..1; low, because it is trained already.
        seed: of everything random.
        size: side of the input, pixels.
        width: channels of the pyramid and the head, if the start does not have these.
        plain_share: share of the steps, 0..1, at the end, without mosaics.
        minutes: time for the whole run, from which the steps follow; None if the steps are given.
    """

    steps: int
    batch: int = 16
    rate: float = RATE
    backbone_rate: float = 0.3
    seed: int = 0
    size: int = 256
    width: int = 64
    plain_share: float = 0.15
    minutes: float | None = None

    def is_plain(self, step: int) -> bool:
        """True if this step's images are without mosaics."""
        return step >= round(self.steps * (1 - self.plain_share))


def steps_for(photos: int) -> int:
    """Steps for a set of this size: six batches per photo, within bounds."""
    return min(max(6 * photos, 500), 6000)


def steps_in(minutes: float, seconds_per_step: float) -> int:
    """Steps that leave time to measure and to export."""
    seconds = 60 * minutes * (1 - MEASURING) - EXPORT_SECONDS
    return max(MIN_STEPS, int(seconds / seconds_per_step))


def size_for(sides: NDArray[np.floating], minutes: float | None) -> int:
    """The input's side, pixels: the smallest of SIZES on which few boxes are too small to be found.

    Args:
        sides: the boxes' mean sides in fractions of the photo's longer side.
        minutes: time for the whole run; a short one learns more from many small images than from few large ones.
    """
    fitting = (size for size in SIZES if np.mean(sides * size < SMALL) <= SMALL_SHARE)
    return min(next(fitting, SIZES[-1]), SIZES[0] if minutes is not None and minutes < SHORT_MINUTES else SIZES[-1])
