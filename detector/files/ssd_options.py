"""The facts for decoding the raw heads of an SSD: anchors, scales, activations."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SsdHeads:
    """The facts for decoding raw SSD heads. Source: tensorflow/lite/kernels/detection_postprocess.cc.

    Attributes:
        anchors_cxcywh: [N, 4] centre x, centre y, width, height, fractions.
        scales_xywh: the divisors of the four encoded numbers.
        exponential: True if encoded sizes are logarithms.
        sigmoid: True if scores are logits.
        classes: the number of scores per anchor, background included.
        background: the number of scores before the first label's; None if it depends on the labels.
    """

    anchors_cxcywh: NDArray[np.float32]
    scales_xywh: tuple[float, float, float, float]
    exponential: bool
    sigmoid: bool
    classes: int
    background: int | None = None
