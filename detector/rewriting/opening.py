"""Removes TFLite_Detection_PostProcess from an SSD, so that callers choose the overlap and the number of boxes.

The operation is the last of the graph. The number of boxes, usually 10, and the IoU threshold, usually 0.6, are baked
into it. Its inputs are the raw heads: encoded boxes [1, N, 4], scores [1, N, C] and anchors [N, 4]. Without the
operation, they become the model's outputs. The model runs no slower.
"""

from dataclasses import dataclass, replace

from detector.families import SSD_POSTPROCESS
from detector.files import ModelFile, SsdHeads
from detector.tflite import POSTPROCESS, Graph

SCALES = ("x_scale", "y_scale", "w_scale", "h_scale")


@dataclass(frozen=True, slots=True)
class PostProcess:
    """A file's operation, if it can be removed.

    Attributes:
        inputs: tensor indices of boxes, scores and anchors.
        outputs: tensor indices of the file's outputs.
        scales_xywh: divisors of the encoded boxes.
        background: the number of scores before the first label's.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    scales_xywh: tuple[float, float, float, float]
    background: int

    def remove(self, graph: Graph) -> None:
        """Removes the operation from the file's graph, and makes its inputs the graph's outputs."""
        graph.operators = [operator for operator in graph.operators if tuple(operator.outputs) != self.outputs]
        graph.outputs = list(self.inputs)

    def with_heads(self, opened: ModelFile) -> ModelFile:
        """Adds the facts for decoding to a file without the operation."""
        boxes, scores, anchors = opened.outputs
        anchors_yxhw = opened.sample()[anchors.index]
        heads = SsdHeads(
            anchors_cxcywh=anchors_yxhw[:, [1, 0, 3, 2]],
            scales_xywh=self.scales_xywh,
            exponential=True,
            sigmoid=False,  # done in the graph
            classes=scores.shape[2],
            background=self.background,
        )
        embedded = replace(opened.embedded, ssd=heads)
        return replace(opened, outputs=(boxes, scores), custom_operations={}, embedded=embedded)


def removable_postprocess(file: ModelFile, graph: Graph) -> PostProcess | None:
    """The file's operation; None if the sidecar keeps it, or if it is not the file's last.

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
