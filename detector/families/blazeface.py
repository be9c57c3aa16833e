"""BlazeFace, MediaPipe's face detector, short range and full range.

Outputs: regressors [1, N, 16], the centre's offset from the cell's centre, width, height and six key points, all in
input pixels; classificators [1, N, 1], logits. N counts the anchors of all cells. Source: mediapipe, the options of
modules/face_detection/face_detection_*.pbtxt and calculators/tflite/ssd_anchors_calculator.cc. After: Bazarevsky et
al., BlazeFace, arXiv 1907.05047.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.candidates import Candidates
from detector.families.grid import grid
from detector.geometry import Placement, from_centres, letterbox
from detector.modelfile import ModelFile
from detector.numbers import logistic
from detector.sidecar import Normalisation
from detector.tensors import ImageInput

# Stride and anchors a cell: front camera (128 pixels), back camera (256), full range (192).
LAYOUTS = (((8, 2), (16, 6)), ((16, 2), (32, 6)), ((4, 1),))
COORDINATES = 16  # a box and six key points
LABELS = ("face",)
NORMALISATION = Normalisation(mean=127.5, std=127.5)


@dataclass(frozen=True, slots=True)
class BlazeFace:
    """A BlazeFace.

    Attributes:
        centres: [N, 2] every anchor's centre, input pixels.
    """

    input: ImageInput
    labels: tuple[str, ...]
    regressors: int
    logits: int
    centres: NDArray[np.float32]
    name: str = "blazeface"

    def place(self, width: int, height: int) -> Placement:
        """See Family."""
        return letterbox(width, height, self.input.width, self.input.height)

    def decode(self, outputs: Mapping[int, NDArray[Any]], lowest: float) -> Candidates:
        """See Family."""
        rows = outputs[self.regressors][0]
        boxes_cxcywh = np.concatenate([self.centres + rows[:, :2], rows[:, 2:4]], axis=1)
        size = np.array([self.input.width, self.input.height] * 2, np.float32)
        return Candidates.above(lowest, from_centres(boxes_cxcywh) / size, logistic(outputs[self.logits][0]))


def recognise(file: ModelFile) -> BlazeFace | None:
    """The file as a BlazeFace, or None where its outputs are others.

    Raises:
        UnusableModel: it has such outputs, but another input, or labels for other classes than one.
    """
    outputs = sorted(file.outputs, key=lambda output: output.shape)  # the logits first
    if len(outputs) != 2 or any(len(output.shape) != 3 for output in outputs):
        return None
    count = outputs[0].shape[1]
    if [output.shape for output in outputs] != [(1, count, 1), (1, count, COORDINATES)]:
        return None
    picture = replace(file.image_input(NORMALISATION), padding=0)
    for layout in LAYOUTS:
        centres = [
            np.repeat(grid(picture.width, picture.height, (stride,))[0][:, :2], anchors, axis=0)
            for stride, anchors in layout
        ]
        if sum(map(len, centres)) == count:
            return BlazeFace(
                input=picture,
                labels=file.labels_for(1, own=LABELS),
                regressors=outputs[1].index,
                logits=outputs[0].index,
                centres=np.concatenate(centres).astype(np.float32),
            )
    return None
