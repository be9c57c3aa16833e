"""SSD files without post-processing whose anchors lie in their metadata, as MediaPipe Model Maker exports them.

Two outputs: encoded boxes [1, N, 4] as centre y, centre x, height, width relative to the anchor; scores [1, N, C],
often with a background first. The metadata's DETECTOR_METADATA holds N anchors and how to decode. Source: mediapipe,
tasks/cc/components/processors/detection_postprocessing_graph.cc and tensors_to_detections_calculator.cc.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.candidates import Candidates
from detector.errors import UnusableModel
from detector.families.ssd import ssd_input
from detector.geometry import Placement, from_centres, stretch
from detector.modelfile import ModelFile
from detector.numbers import exponential, logistic
from detector.tensors import ImageInput
from detector.tflite_metadata import SsdOptions


@dataclass(frozen=True, slots=True)
class SsdAnchorsInMetadata:
    """An SSD that says in its metadata how it is decoded.

    Attributes:
        background: how many scores come before the first label's.
    """

    input: ImageInput
    labels: tuple[str, ...]
    boxes: int
    scores: int
    background: int
    options: SsdOptions
    name: str = "ssd_anchors_in_metadata"

    def place(self, width: int, height: int) -> Placement:  # noqa: ARG002 - whatever its size
        """See Family."""
        return stretch(self.input.width, self.input.height)

    def decode(self, outputs: Mapping[int, NDArray[Any]], lowest: float) -> Candidates:
        """See Family."""
        anchors_cxcywh = self.options.anchors_cxcywh
        encoded_xywh = outputs[self.boxes][0][:, [1, 0, 3, 2]] / np.array(self.options.scales_xywh, np.float32)
        centres = encoded_xywh[:, :2] * anchors_cxcywh[:, 2:] + anchors_cxcywh[:, :2]
        factors = exponential(encoded_xywh[:, 2:]) if self.options.exponential else encoded_xywh[:, 2:]
        boxes_xyxy = from_centres(np.concatenate([centres, factors * anchors_cxcywh[:, 2:]], axis=1))
        scores = outputs[self.scores][0][:, self.background :]
        return Candidates.best_class(lowest, boxes_xyxy, logistic(scores) if self.options.sigmoid else scores)


def recognise(file: ModelFile) -> SsdAnchorsInMetadata | None:
    """The file as such an SSD, or None where its metadata has no anchors.

    Raises:
        UnusableModel: it has them, but not the outputs, input or labels that go with them.
    """
    options = file.embedded.ssd
    if options is None:
        return None
    expected = [(1, len(options.anchors_cxcywh), size) for size in (4, options.classes)]
    shapes = [output.shape for output in file.outputs]
    if sorted(shapes) != sorted(expected) or min(options.scales_xywh) <= 0:
        raise UnusableModel(
            f"has metadata for {len(options.anchors_cxcywh)} anchors and {options.classes} classes, "
            f"but other outputs: export it again."
        )
    boxes, scores = file.outputs if shapes == expected else reversed(file.outputs)
    background = int(file.labels is not None and len(file.labels) == options.classes - 1)
    return SsdAnchorsInMetadata(
        input=ssd_input(file),
        labels=file.labels_for(options.classes - background),
        boxes=boxes.index,
        scores=scores.index,
        background=background,
        options=options,
    )
