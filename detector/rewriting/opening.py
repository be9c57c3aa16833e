"""Removes TFLite_Detection_PostProcess from an SSD, so that callers choose the overlap and the number of boxes.

The operation is the last of the graph and has the number of boxes, mostly 10, and the IoU threshold, mostly 0.6, baked
in. Its inputs are the raw heads: encoded boxes [1, N, 4], scores [1, N, C] and anchors [N, 4]. A model without the
operation gives them as its outputs, and runs no slower.
"""

from dataclasses import dataclass, replace

from detector.families import SSD_POSTPROCESS
from detector.files import ModelFile, SsdHeads
from detector.tflite import POSTPROCESS, Graph

SCALES = ("x_scale", "y_scale", "w_scale", "h_scale")


@dataclass(frozen=True, slots=True)
class PostProcess:
    """The operation of a file from which it can be removed.

    Attributes:
        inputs: tensor indices of boxes, scores and anchors.
        outputs: tensor indices of what the file gives.
        scales_xywh: divisors of the encoded boxes.
        background: how many scores come before the first label's.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    scales_xywh: tuple[float, float, float, float]
    background: int

    def remove(self, graph: Graph) -> None:
        """Removes the operation from the file's graph, whose outputs are its inputs then."""
        graph.operators = [operator for operator in graph.operators if tuple(operator.outputs) != self.outputs]
        graph.outputs = list(self.inputs)

    def with_heads(self, opened: ModelFile) -> ModelFile:
        """The facts of a file without the operation: its two outputs and how they are decoded."""
        boxes, scores, anchors = opened.outputs
        anchors_yxhw = opened.sample()[anchors.index]
        heads = SsdHeads(
            anchors_cxcywh=anchors_yxhw[:, [1, 0, 3, 2]],
            scales_xywh=self.scales_xywh,
            exponential=True,
            sigmoid=False,  # the graph has done so
            classes=scores.shape[2],
            background=self.background,
        )
        embedded = replace(opened.embedded, ssd=heads)
        return replace(opened, outputs=(boxes, scores), custom_operations={}, embedded=embedded)


def removable_postprocess(file: ModelFile, graph: Graph) -> PostProcess | None:
    """The operation; None where the sidecar keeps it, or the file does not end in just this one.

    Args:
        file: any.
        graph: the file's.
    """
    operation = file.custom_operations.get(POSTPROCESS)
    if operation is None or file.sidecar.family == SSD_POSTPROCESS:
        return None
    if len(operation.inputs) != 3 or len(operation.outputs) != 4 or set(operation.outputs) != set(graph.outputs):
        return None
    options = operation.options
    scales = [scale for name in SCALES if isinstance(scale := options.get(name), float) and scale > 0]
    classes = options.get("num_classes")
    if not isinstance(classes, int) or len(scales) != len(SCALES):
        return None
    boxes, scores, anchors = (graph.tensors[index].shape for index in operation.inputs)
    count = anchors[0] if anchors else 0
    if boxes != (1, count, 4) or anchors != (count, 4) or scores[:2] != (1, count) or len(scores) != 3:
        return None
    background = scores[2] - classes
    if background not in (0, 1):
        return None
    x, y, width, height = scales
    return PostProcess(operation.inputs, operation.outputs, (x, y, width, height), background)
