"""SSD files that end in TFLite_Detection_PostProcess, as the Object Detection API exports them, run unchanged.

They are used if opening.py cannot remove the operation, or if the sidecar keeps it. The operation decodes and
suppresses inside the graph. It has four outputs, always in this order: boxes [1, N, 4] as ymin, xmin, ymax, xmax;
classes [1, N]; scores [1, N]; count [1]. Exports of TF1 list them in this order, exports of TF2 in another, so the
operation identifies them, not the file's list. Source: tensorflow/lite/kernels/detection_postprocess.cc.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from detector.boxes import Candidates
from detector.errors import UnusableModel
from detector.families.ssd.anchored import ssd_input
from detector.files import ImageInput, ModelFile
from detector.tflite import POSTPROCESS, Output

NAME = "ssd_postprocess"


@dataclass(frozen=True, slots=True)
class SsdPostProcess:
    """A detector whose boxes are decoded in the graph.

    Attributes:
        boxes, classes, scores, count: the outputs' tensor indices.
    """

    input: ImageInput
    labels: tuple[str, ...]
    boxes: int
    classes: int
    scores: int
    count: int
    name: str = NAME

    def decode(self, outputs: Mapping[int, Output], threshold: float) -> Candidates:
        """See Family; boxes of a class without a label are only counted."""
        count = int(outputs[self.count].dequantised.ravel()[0])
        boxes_yxyx = outputs[self.boxes].dequantised.reshape(-1, 4)[:count]
        scores = outputs[self.scores].dequantised.ravel()[:count]
        class_ids = np.rint(outputs[self.classes].dequantised.ravel()[:count])
        listed = (scores >= threshold) & (class_ids >= 0) & (class_ids < len(self.labels))
        return Candidates(
            boxes_yxyx[listed][:, [1, 0, 3, 2]].astype(np.float64),
            scores[listed].astype(np.float64),
            class_ids[listed].astype(np.intp),
            not_listed=len(scores) - int(listed.sum()),
        )


def recognise(file: ModelFile) -> SsdPostProcess | None:
    """The file as such an SSD, or None if it lacks the operation.

    Raises:
        UnusableModel: its input or labels do not fit.
    """
    operation = file.custom_operations.get(POSTPROCESS)
    if operation is None or len(operation.outputs) != 4:
        return None
    classes = operation.options.get("num_classes")
    if not isinstance(classes, int):
        raise UnusableModel(f"does not say in its {POSTPROCESS} how many classes it has: export it again.")
    boxes, class_ids, scores, count = operation.outputs
    return SsdPostProcess(
        input=ssd_input(file),
        labels=file.labels_for(classes),
        boxes=boxes,
        classes=class_ids,
        scores=scores,
        count=count,
    )
