"""The facts by which the raw heads of an SSD are decoded: anchors, scales, activations."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SsdHeads:
    """The facts by which raw SSD heads are decoded. Source: tensorflow/lite/kernels/detection_postprocess.cc.

    Attributes:
        anchors_cxcywh: [N, 4] centre x, centre y, width, height, fractions.
        scales_xywh: what the four encoded numbers are divided by.
        exponential: true if encoded sizes are logarithms.
        sigmoid: true if scores are logits.
        classes: how many scores an anchor has, a background among them.
        background: how many of them come before the first label's; None where only the labels tell.
    """

    anchors_cxcywh: NDArray[np.float32]
    scales_xywh: tuple[float, float, float, float]
    exponential: bool
    sigmoid: bool
    classes: int
    background: int | None = None
