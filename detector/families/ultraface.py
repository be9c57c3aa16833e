"""UltraFace, the Ultra-Light-Fast face detectors: SSDs with square anchors.

Two outputs, in any order: scores [1, N, 2] of background and face; boxes [1, N, 4], relative to the anchors or, in
exports with post-processing, decoded to left, top, right, bottom, fractions. N counts the anchors: 4420 at 320 x 240,
17640 at 640 x 480. Source: github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB,
vision/ssd/config/fd_config.py and vision/utils/box_utils.py.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, from_centres
from detector.families.activations import safe_exp
from detector.files import ImageInput, ModelFile, Normalisation
from detector.tflite import Output

# Sides of the squares in input pixels, by stride.
ANCHORS = {8: (10, 16, 24), 16: (32, 48), 32: (64, 96), 64: (128, 192, 256)}
CENTRE_VARIANCE, SIZE_VARIANCE = 0.1, 0.2
NORMALISATION = Normalisation(mean=127.0, std=128.0)


@dataclass(frozen=True, slots=True)
class UltraFace:
    """An UltraFace.

    Attributes:
        anchors_cxcywh: [N, 4] fractions; None if boxes are decoded in the graph.
    """

    input: ImageInput
    labels: tuple[str, ...]
    boxes: int
    scores: int
    anchors_cxcywh: NDArray[np.float32] | None
    name: str = "ultraface"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        scores = outputs[self.scores][0]
        likely = scores.rows_scoring(threshold, from_column=1)
        boxes = outputs[self.boxes][0][likely].dequantised
        if self.anchors_cxcywh is not None:
            anchors_cxcywh = self.anchors_cxcywh[likely]
            centres = anchors_cxcywh[:, :2] + boxes[:, :2] * CENTRE_VARIANCE * anchors_cxcywh[:, 2:]
            sizes = safe_exp(boxes[:, 2:] * SIZE_VARIANCE) * anchors_cxcywh[:, 2:]
            boxes = from_centres(np.concatenate([centres, sizes], axis=1)).astype(np.float32)
        return Candidates.best_class(threshold, boxes, scores[likely].dequantised[:, 1:]).out_of(len(scores))


def recognise(file: ModelFile) -> UltraFace | None:
    """The file as an UltraFace, or None if its outputs differ.

    Raises:
        UnusableModel: it has labels for more than one class.
    """
    outputs = sorted(file.outputs, key=lambda output: output.shape)  # the scores first
    if len(outputs) != 2:
        return None
    scores, boxes = outputs
    image_input = file.image_input(NORMALISATION)
    anchors_cxcywh = anchors(image_input.width, image_input.height)
    if (scores.shape, boxes.shape) != ((1, len(anchors_cxcywh), 2), (1, len(anchors_cxcywh), 4)):
        return None
    sample = file.sample()
    if np.abs(sample[scores.index].sum(axis=2) - 1).max() > 0.05:
        return None
    boxes_xyxy = sample[boxes.index][0]
    is_decoded = bool((boxes_xyxy[:, 2:] > boxes_xyxy[:, :2]).all())
    return UltraFace(
        input=image_input,
        labels=file.labels_for(1, own=("face",)),
        boxes=boxes.index,
        scores=scores.index,
        anchors_cxcywh=None if is_decoded else anchors_cxcywh,
    )


def anchors(width: int, height: int) -> NDArray[np.float32]:
    """The anchors [N, 4] as centre x, centre y, width, height, fractions, for an input of this size, pixels."""
    found = []
    for stride, sides in ANCHORS.items():
        rows, columns = np.mgrid[: math.ceil(height / stride), : math.ceil(width / stride)]
        centres = (np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5) * stride / (width, height)
        sizes = np.array(sides)[:, np.newaxis] / (width, height)
        found.append(
            np.concatenate([np.repeat(centres, len(sides), axis=0), np.tile(sizes, (len(centres), 1))], axis=1)
        )
    return np.asarray(np.clip(np.concatenate(found), 0, 1), np.float32)
