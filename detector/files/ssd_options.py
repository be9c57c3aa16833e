"""The heads of an SSD: what it says of every anchor, before anything is decoded or suppressed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes.candidates import Candidates
from detector.boxes.geometry import from_centres
from detector.families.activations import exponential, least_logit, logistic
from detector.tflite.outputs import Answer


@dataclass(frozen=True, slots=True)
class SsdHeads:
    """How raw SSD heads are decoded. Source: tensorflow/lite/kernels/detection_postprocess.cc.

    Attributes:
        anchors_cxcywh: [N, 4] centre x, centre y, width, height, fractions.
        scales_xywh: what the four encoded numbers are divided by.
        exponential: whether encoded sizes are logarithms.
        sigmoid: whether scores are logits.
        classes: how many scores an anchor has, a background among them.
        background: how many of them come before the first label's; None where only the labels tell.
    """

    anchors_cxcywh: NDArray[np.float32]
    scales_xywh: tuple[float, float, float, float]
    exponential: bool
    sigmoid: bool
    classes: int
    background: int | None = None

    def decode(self, lowest: float, encoded_yxhw: Answer, scores: Answer, background: int) -> Candidates:
        """Every anchor's box with its best class.

        Args:
            lowest: the score, 0..1, below which candidates are only counted.
            encoded_yxhw: [N, 4] centre y, centre x, height, width, relative to the anchors.
            scores: [N, classes].
            background: how many scores come before the first label's.
        """
        likely = scores.rows_reaching(least_logit(lowest) if self.sigmoid else lowest, background)
        encoded_xywh = np.asarray(encoded_yxhw[likely].real[:, [1, 0, 3, 2]] / np.array(self.scales_xywh), np.float32)
        anchors_cxcywh = self.anchors_cxcywh[likely]
        sizes = anchors_cxcywh[:, 2:]
        centres = encoded_xywh[:, :2] * sizes + anchors_cxcywh[:, :2]
        factors = exponential(encoded_xywh[:, 2:]) if self.exponential else encoded_xywh[:, 2:]
        boxes_xyxy = from_centres(np.concatenate([centres, factors * sizes], axis=1))
        wanted = scores[likely].real[:, background:]
        found = Candidates.best_class(lowest, boxes_xyxy, logistic(wanted) if self.sigmoid else wanted)
        return found.of(len(scores))
