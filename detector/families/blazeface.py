"""BlazeFace and its kin, MediaPipe's detectors of faces and palms.

Outputs: regressors [1, N, 16], the centre's offset from the cell's centre, width, height and six key points, all in
input pixels, or seven of them for palms; classificators [1, N, 1], logits. N counts the anchors of all cells. Source:
mediapipe, the options of modules/face_detection/face_detection_*.pbtxt and modules/palm_detection, and
calculators/tflite/ssd_anchors_calculator.cc. After: Bazarevsky et al., BlazeFace, arXiv 1907.05047.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, from_centres
from detector.families.activations import sigmoid
from detector.families.grid import grid
from detector.files import ImageInput, ModelFile, Normalisation
from detector.images import letterbox
from detector.tflite import Output


@dataclass(frozen=True, slots=True)
class Kind:
    """What one of them finds.

    Attributes:
        label: its name.
        coordinates: numbers a box, its key points among them.
        layouts: stride and anchors a cell, for every grid; one layout for every size of input.
        normalisation: of the input.
    """

    label: str
    coordinates: int
    layouts: tuple[tuple[tuple[int, int], ...], ...]
    normalisation: Normalisation


KINDS = (
    # front camera (128 pixels), back camera (256), full range (192)
    Kind("face", 16, (((8, 2), (16, 6)), ((16, 2), (32, 6)), ((4, 1),)), Normalisation(mean=127.5, std=127.5)),
    # 192 pixels, and 256 in the first releases
    Kind("palm", 18, (((8, 2), (16, 6)), ((8, 2), (16, 2), (32, 6))), Normalisation(mean=0.0, std=255.0)),
)


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

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        rows = outputs[self.regressors].dequantised[0]
        boxes_cxcywh = np.concatenate([self.centres + rows[:, :2], rows[:, 2:4]], axis=1)
        size = np.array([self.input.width, self.input.height] * 2, np.float32)
        return Candidates.above(
            threshold, from_centres(boxes_cxcywh) / size, sigmoid(outputs[self.logits].dequantised[0])
        )


def recognise(file: ModelFile) -> BlazeFace | None:
    """The file as a BlazeFace, or None where its outputs are others.

    Raises:
        UnusableModel: it has such outputs, but another input, or labels for other classes than one.
    """
    outputs = sorted(file.outputs, key=lambda output: output.shape)  # the logits first
    if len(outputs) != 2 or any(len(output.shape) != 3 for output in outputs):
        return None
    logits, regressors = outputs
    count = logits.shape[1]
    for kind in KINDS:
        if (logits.shape, regressors.shape) == ((1, count, 1), (1, count, kind.coordinates)):
            picture = replace(file.image_input(kind.normalisation), padding=0, layout=letterbox)
            for layout in kind.layouts:
                centres = anchors(picture, layout)
                if len(centres) == count:
                    labels = file.labels_for(1, own=(kind.label,))
                    return BlazeFace(picture, labels, regressors.index, logits.index, centres)
    return None


def anchors(picture: ImageInput, layout: tuple[tuple[int, int], ...]) -> NDArray[np.float32]:
    """Every anchor's centre [N, 2], input pixels."""
    centres = [
        np.repeat(grid(picture.width, picture.height, (stride,))[0][:, :2], count, axis=0) for stride, count in layout
    ]
    return np.concatenate(centres).astype(np.float32)
