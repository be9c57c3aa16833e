"""FOMO, Edge Impulse's detector for microcontrollers, which finds objects' positions, not their sizes.

Output [1, rows, columns, 1 + C]: probabilities of background and C classes, which add up to 1, for every cell of a
grid. Cells of one class that touch, even at a corner, are one object. Its box encloses them, and its score is their
maximum. Input RGB from 0 to 1. Source: Edge Impulse's inferencing SDK, classifier/ei_fill_result_struct.h, and its
documentation, docs.edgeimpulse.com, FOMO.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates
from detector.files import ImageInput, ModelFile, Normalisation
from detector.images import letterbox
from detector.tflite import Output

STRIDES = (8, 16)  # Edge Impulse cuts the backbone off at 8, or at half of that resolution
MIN_THRESHOLD = 0.05  # below, all cells of an image would be one object
NORMALISATION = Normalisation(mean=0.0, std=255.0)
SUM_TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Fomo:
    """A FOMO."""

    input: ImageInput
    labels: tuple[str, ...]
    output: int
    name: str = "fomo"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family; each cell below the threshold counts as a candidate that is not listed."""
        probabilities = outputs[self.output][0].dequantised[:, :, 1:]
        rows, columns, classes = probabilities.shape
        boxes, scores, class_ids = [np.empty((0, 4))], [np.empty(0)], [np.empty(0, np.intp)]
        for class_id in range(classes):
            boxes_xyxy, best = objects(probabilities[:, :, class_id], max(threshold, MIN_THRESHOLD))
            boxes.append(boxes_xyxy / np.array([columns, rows] * 2))
            scores.append(best)
            class_ids.append(np.full(len(best), class_id, np.intp))
        found = Candidates(np.concatenate(boxes), np.concatenate(scores), np.concatenate(class_ids))
        listed = found.take(found.scores >= threshold)
        return listed.out_of(max(probabilities.size, len(listed)))


def objects(scores: NDArray[np.float32], threshold: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Groups touching cells with scores [rows, columns] of at least `threshold`: boxes [N, 4] in cells, scores [N]."""
    likely = (scores >= threshold).astype(np.uint8)
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(likely, connectivity=8)
    left, top, width, height = stats[1:, :4].T.astype(np.float64)
    best = [float(scores[numbers == number].max()) for number in range(1, count)]
    return np.stack([left, top, left + width, top + height], axis=1), np.array(best)


def recognise(file: ModelFile) -> Fomo | None:
    """The file as a FOMO, or None if its output differs.

    Maps of segmentation models are larger, or are not probabilities.

    Raises:
        UnusableModel: its labels do not fit.
    """
    if len(file.outputs) != 1 or len(file.outputs[0].shape) != 4 or file.outputs[0].shape[3] < 2:
        return None
    (output,) = file.outputs
    _, rows, columns, classes = output.shape
    image_input = file.image_input(NORMALISATION, letterbox, padding=0)
    if (rows, columns) not in [
        (math.ceil(image_input.height / stride), math.ceil(image_input.width / stride)) for stride in STRIDES
    ]:
        return None
    probabilities = file.sample()[output.index]
    if probabilities.min() < 0 or np.abs(probabilities.sum(axis=3) - 1).max() > SUM_TOLERANCE:
        return None
    return Fomo(image_input, file.labels_for(classes - 1), output.index)
