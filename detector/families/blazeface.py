"""BlazeFace and similar models: MediaPipe's detectors of faces and palms.

Outputs: regressors [1, N, 16], the centre's offset from the cell's centre, width, height and six key points, seven for
palms, all in input pixels; classificators [1, N, 1], logits. N counts the anchors of all cells. Source: mediapipe, the
options of modules/face_detection/face_detection_*.pbtxt and modules/palm_detection, and
calculators/tflite/ssd_anchors_calculator.cc. After: Bazarevsky et al., BlazeFace, arXiv 1907.05047.
"""

from collections.abc import Mapping
from dataclasses import dataclass

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
    """One of these detectors.

    Attributes:
        label: its name.
        coordinates: numbers per box, key points included.
        layouts: stride and anchors per cell, for every grid; one layout per input size.
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
        regressors, logits: the outputs with boxes and scores, the finest grid's first.
        centres: [N, 2] the anchors' centres, input pixels.
    """

    input: ImageInput
    labels: tuple[str, ...]
    regressors: tuple[int, ...]
    logits: tuple[int, ...]
    centres: NDArray[np.float32]
    name: str = "blazeface"

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family."""
        rows = np.concatenate([outputs[index].dequantised[0] for index in self.regressors])
        scores = sigmoid(np.concatenate([outputs[index].dequantised[0] for index in self.logits]))
        boxes_cxcywh = np.concatenate([self.centres + rows[:, :2], rows[:, 2:4]], axis=1)
        size = np.array([self.input.width, self.input.height] * 2, np.float32)
        return Candidates.above(threshold, from_centres(boxes_cxcywh) / size, scores)


def recognise(file: ModelFile) -> BlazeFace | None:
    """The file as a BlazeFace, or None if its outputs differ.

    Some exports have separate outputs for their two grids.

    Raises:
        UnusableModel: its input or labels do not fit.
    """
    if len(file.outputs) not in (2, 4) or any(len(output.shape) != 3 for output in file.outputs):
        return None
    outputs = sorted(file.outputs, key=lambda output: (output.shape[2], -output.shape[1]))  # logits first, then fine
    logits, regressors = outputs[: len(outputs) // 2], outputs[len(outputs) // 2 :]
    counts = [output.shape[1] for output in logits]
    for kind in KINDS:
        expected = [(1, count, size) for size in (1, kind.coordinates) for count in counts]
        if [output.shape for output in outputs] == expected:
            image_input = file.image_input(kind.normalisation, letterbox, padding=0)
            for layout in kind.layouts:
                centres = anchors(image_input, layout)
                if len(centres) == sum(counts):
                    return BlazeFace(
                        input=image_input,
                        labels=file.labels_for(1, own=(kind.label,)),
                        regressors=tuple(output.index for output in regressors),
                        logits=tuple(output.index for output in logits),
                        centres=centres,
                    )
    return None


def anchors(image_input: ImageInput, layout: tuple[tuple[int, int], ...]) -> NDArray[np.float32]:
    """The anchors' centres [N, 2], input pixels."""
    centres = [
        np.repeat(grid(image_input.width, image_input.height, (stride,))[0][:, :2], count, axis=0)
        for stride, count in layout
    ]
    return np.concatenate(centres).astype(np.float32)
