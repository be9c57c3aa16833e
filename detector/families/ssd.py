"""SSD files whose heads can be decoded here, for they tell their anchors.

Either they end in TFLite_Detection_PostProcess, which opening.py has taken off, or they have MediaPipe's
DETECTOR_METADATA, as Model Maker writes it. Two outputs: encoded boxes [1, N, 4] as centre y, centre x, height, width
relative to N anchors; scores [1, N, C], often with a background first. Source of the latter: mediapipe,
tasks/cc/components/processors/detection_postprocessing_graph.cc and tensors_to_detections_calculator.cc.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from detector.answers import Answer
from detector.candidates import Candidates
from detector.errors import UnusableModel
from detector.geometry import Placement, stretch
from detector.heads import SsdHeads
from detector.modelfile import ModelFile
from detector.sidecar import Normalisation
from detector.tensors import ImageInput

FLOAT_NORMALISATION = Normalisation(mean=127.5, std=127.5)  # the Object Detection API's, for float inputs


@dataclass(frozen=True, slots=True)
class Ssd:
    """An SSD that tells how it is decoded.

    Attributes:
        background: how many scores come before the first label's.
    """

    input: ImageInput
    labels: tuple[str, ...]
    boxes: int
    scores: int
    background: int
    heads: SsdHeads
    name: str = "ssd"

    def place(self, width: int, height: int) -> Placement:  # noqa: ARG002 - whatever its size
        """See Family."""
        return stretch(self.input.width, self.input.height)

    def decode(self, outputs: Mapping[int, Answer], lowest: float) -> Candidates:
        """See Family."""
        return self.heads.decode(lowest, outputs[self.boxes][0], outputs[self.scores][0], self.background)


def ssd_input(file: ModelFile) -> ImageInput:
    """The input; where it is quantised it takes pixels as they are, whatever its scale.

    Raises:
        UnusableModel: there is no single picture input.
    """
    if np.issubdtype(file.rgb_input().dtype, np.integer):
        return file.pixel_input()
    return file.image_input(FLOAT_NORMALISATION)


def recognise(file: ModelFile) -> Ssd | None:
    """The file as such an SSD, or None where it does not tell its anchors.

    Raises:
        UnusableModel: it does, but lacks the outputs, input or labels that go with them.
    """
    heads = file.heads
    if heads is None:
        return None
    expected = [(1, len(heads.anchors_cxcywh), size) for size in (4, heads.classes)]
    shapes = [output.shape for output in file.outputs]
    if sorted(shapes) != sorted(expected) or min(heads.scales_xywh) <= 0:
        raise UnusableModel(
            f"has metadata for {len(heads.anchors_cxcywh)} anchors and {heads.classes} classes, "
            f"but other outputs: export it again."
        )
    boxes, scores = file.outputs if shapes == expected else reversed(file.outputs)
    background = int(file.has_labels(heads.classes - 1)) if heads.background is None else heads.background
    return Ssd(
        input=ssd_input(file),
        labels=file.labels_for(heads.classes - background),
        boxes=boxes.index,
        scores=scores.index,
        background=background,
        heads=heads,
    )
