"""Anchor-free detectors with separate scores and distances, such as the bundled one.

Outputs: scores [1, N, C], probabilities, and distances [1, N, 4] from the cell's centre to the box's left, top, right
and bottom side, in strides. N counts the cells of all strides, finest first, row by row. After: Tian et al., FCOS:
Fully Convolutional One-Stage Object Detection, arXiv 1904.01355.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates
from detector.errors import UnusableModel
from detector.families.grid import grid
from detector.files import ImageInput, ModelFile
from detector.images import letterbox
from detector.tflite import Output

STRIDES = (8, 16, 32)


@dataclass(frozen=True, slots=True)
class Fcos:
    """A detector that measures from cells' centres to box sides.

    Attributes:
        centres: [N, 4] the cells' centres as x, y, x, y, input pixels.
        strides: [N, 1] the cells' strides, input pixels.
    """

    input: ImageInput
    labels: tuple[str, ...]
    scores: int
    distances: int
    centres: NDArray[np.float64]
    strides: NDArray[np.float64]
    name: str = "fcos"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        scores = outputs[self.scores][0]
        likely = scores.rows_scoring(threshold)
        outwards = outputs[self.distances][0][likely].dequantised * np.array([-1.0, -1.0, 1.0, 1.0])
        size = np.array([self.input.width, self.input.height] * 2, np.float64)
        boxes_xyxy = (self.centres[likely] + outwards * self.strides[likely]) / size
        return Candidates.above(threshold, boxes_xyxy, scores[likely].dequantised).out_of(scores.stored.size)


def recognise(file: ModelFile) -> Fcos | None:
    """The file as such a detector, or None if its sidecar does not say that it is one.

    Raises:
        UnusableModel: the sidecar says so, but the file's tensors differ.
    """
    if file.sidecar.family != "fcos":
        return None
    levels = file.sidecar.strides or STRIDES
    image_input = file.image_input(None, letterbox)
    centres, strides = grid(image_input.width, image_input.height, levels)
    shapes = [output.shape for output in file.outputs]
    classes = shapes[0][-1] if shapes and shapes[0] else 0
    if shapes != [(1, len(centres), classes), (1, len(centres), 4)]:
        raise UnusableModel(
            f"is said to be of the family fcos, but lacks its outputs [1, {len(centres)}, classes] and "
            f"[1, {len(centres)}, 4]: correct the family or the strides in its sidecar."
        )
    scores, distances = file.outputs
    return Fcos(
        input=image_input,
        labels=file.labels_for(classes),
        scores=scores.index,
        distances=distances.index,
        centres=centres,
        strides=strides,
    )
