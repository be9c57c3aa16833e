"""Zones: named parts of an image, and the boxes in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detector.boxes import polygons
from detector.boxes.candidates import Candidates
from detector.boxes.geometry import area
from detector.boxes.label_rules import EVERY_LABEL, LabelRules
from detector.errors import UnusableZone

Inside = Literal["center", "overlap", "whole"]

ROUNDING = 1e-6  # of a box's area; smaller differences are rounding


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """A polygon with rules of its own for the boxes that lie in it.

    Attributes:
        name: its name for callers.
        outline: [P, 2] its corners x, y, in order, fractions of the image, 0..1.
        inside: the part of a box that must lie in it: its centre, a share of its area, or the whole.
        min_share: the share of a box's area that must lie in it, 0..1, for `overlap`; 0 for any.
        score: minimum score in it of labels without a threshold of their own, 0..1.
        labels: the labels that count in it, and their own thresholds in it.
    """

    name: str
    outline: NDArray[np.float64]
    inside: Inside = "center"
    min_share: float = 0.0
    score: float = 0.0
    labels: LabelRules = EVERY_LABEL

    def __post_init__(self) -> None:
        outline = polygons.without_repeats(self.outline)
        if polygons.crosses_itself(outline):
            raise UnusableZone("must not cross or touch itself")
        if len(outline) < 3 or polygons.area(outline) < polygons.TOUCHING:
            raise UnusableZone("must enclose an area")
        object.__setattr__(self, "outline", outline)  # frozen

    def holds(self, boxes_xyxy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """A mask [N] of the boxes [N, 4] that lie in it, whatever their labels."""
        found = np.zeros(len(boxes_xyxy), np.bool_)
        near = np.flatnonzero(self.near_mask(boxes_xyxy))
        if len(near):
            found[near] = self._holds(boxes_xyxy[near])
        return found

    def near_mask(self, boxes_xyxy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """A mask [N] of the boxes [N, 4] that overlap the zone's bounding box; it holds no others."""
        left, top = self.outline.min(axis=0)
        right, bottom = self.outline.max(axis=0)
        return np.asarray(
            (boxes_xyxy[:, 2] > left)
            & (boxes_xyxy[:, 3] > top)
            & (boxes_xyxy[:, 0] < right)
            & (boxes_xyxy[:, 1] < bottom)
        )

    def _holds(self, boxes_xyxy: NDArray[np.float64]) -> NDArray[np.bool_]:
        if self.inside == "center":
            return polygons.contains(self.outline, (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2)
        whole = area(boxes_xyxy)
        shares = np.divide(polygons.shared_areas(self.outline, boxes_xyxy), whole, where=whole > 0, out=0 * whole)
        min_share = 1.0 if self.inside == "whole" else self.min_share
        return np.asarray((shares > ROUNDING) & (shares >= min_share - ROUNDING))

    def admits(self, candidates: Candidates, labels: Sequence[str]) -> NDArray[np.bool_]:
        """A mask [N] of the candidates whose label and score count in it, wherever they lie."""
        rules = self.labels.by_class(labels, self.score)
        return rules.score_mask(candidates) & rules.count(candidates)


def in_zones(candidates: Candidates, zones: Sequence[Zone], labels: Sequence[str]) -> NDArray[np.bool_]:
    """A mask [N, zones] of the candidates that lie in each zone and count there.

    Args:
        candidates: boxes in fractions of the image, clipped to it.
        zones: one or more.
        labels: the model's labels, in class order.
    """
    found = np.zeros((len(candidates), len(zones)), np.bool_)
    for index, zone in enumerate(zones):
        admitted = np.flatnonzero(zone.admits(candidates, labels))
        found[admitted, index] = zone.holds(candidates.boxes_xyxy[admitted])
    return found
