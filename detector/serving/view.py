"""The views of an image that a model is run on: the whole, or a tile."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates
from detector.images import WHOLE, Region
from detector.serving.model import Model

MAX_DISTANCE = 0.01  # of a box from a tile's edge, as a fraction of the tile, if the edge has cut it


@dataclass(frozen=True, slots=True)
class View:
    """A part of an image that a model is run on.

    Attributes:
        model: the model to run.
        region: the part.
    """

    model: Model
    region: Region = WHOLE

    def candidates(self, image_rgb: NDArray[np.uint8], threshold: float, *, alone: bool = False) -> Candidates:
        """See Model.candidates; boxes are in fractions of the whole image, and it is known which are `cut`."""
        if self.region == WHOLE:
            return self.model.candidates(image_rgb, threshold, alone=alone)
        tile_rgb, region = self.region.cut_out(image_rgb)
        found = self.model.candidates(tile_rgb, threshold, alone=alone)
        at_start, at_end = found.boxes_xyxy[:, :2] <= MAX_DISTANCE, found.boxes_xyxy[:, 2:] >= 1 - MAX_DISTANCE
        at_edge = np.concatenate([at_start, at_end], axis=1)[:, region.inner_sides]
        cut = np.asarray(at_edge.any(axis=1), np.bool_)
        return replace(found, boxes_xyxy=region.to_image(found.boxes_xyxy), cut=cut)
