"""What a model sees of an image: the whole, or a tile."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates
from detector.images import WHOLE, Region
from detector.serving.model import Model

CUT = 0.01  # of a tile's side: a box that ends so near a tile's edge may have been cut there


@dataclass(frozen=True, slots=True)
class View:
    """A part of an image that a model looks at.

    Attributes:
        model: what looks.
        region: the part.
    """

    model: Model
    region: Region = WHOLE

    def candidates(self, image_rgb: NDArray[np.uint8], threshold: float, *, alone: bool = False) -> Candidates:
        """See Model.candidates; boxes are in fractions of the whole image, with the sides at which a tile cut them."""
        if self.region == WHOLE:
            return self.model.candidates(image_rgb, threshold, alone=alone)
        tile_rgb, region = self.region.cut_out(image_rgb)
        found = self.model.candidates(tile_rgb, threshold, alone=alone)
        at_edge = np.concatenate([found.boxes_xyxy[:, :2] <= CUT, found.boxes_xyxy[:, 2:] >= 1 - CUT], axis=1)
        return replace(found, boxes_xyxy=region.to_image(found.boxes_xyxy), cut_sides=at_edge & region.inner_sides)
