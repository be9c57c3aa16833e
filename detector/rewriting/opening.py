"""Taking TFLite_Detection_PostProcess off an SSD, so that callers choose the overlap and the number of boxes.

The operation is the last of the graph and has the number of boxes, mostly 10, and the IoU threshold, mostly 0.6, baked
in. What goes into it are the raw heads: encoded boxes [1, N, 4], scores [1, N, C] and anchors [N, 4]. A model without
the operation gives them as its outputs, and runs no slower.
"""

from dataclasses import replace

from detector.files.modelfile import ModelFile
from detector.files.ssd_options import SsdHeads
from detector.tflite.custom_operations import POSTPROCESS, CustomOperation
from detector.tflite.graph import packed, unpacked

SCALES = ("x_scale", "y_scale", "w_scale", "h_scale")


def opened(file: ModelFile) -> ModelFile:
    """The file without its last operation, with its heads; the file itself where it does not end in just this one."""
    operation = file.custom_operations.get(POSTPROCESS)
    if operation is None or not _is_last(file, operation):
        return file
    scales = [operation.options.get(name) for name in SCALES]
    classes = operation.options.get("num_classes")
    if not isinstance(classes, int) or not all(isinstance(scale, float) and scale > 0 for scale in scales):
        return file
    heads = file.running(without(operation, file.content))
    boxes, scores, anchors = heads.outputs
    count = anchors.shape[0]
    if boxes.shape != (1, count, 4) or anchors.shape != (count, 4) or scores.shape[:2] != (1, count):
        return file
    background = scores.shape[2] - classes
    if background not in (0, 1):
        return file
    anchors_yxhw = heads.sample()[anchors.index]
    x, y, width, height = map(float, scales)  # type: ignore[arg-type]  # looked at above
    return replace(
        heads,
        outputs=(boxes, scores),
        custom_operations={},
        heads=SsdHeads(
            anchors_cxcywh=anchors_yxhw[:, [1, 0, 3, 2]],
            scales_xywh=(x, y, width, height),
            exponential=True,
            sigmoid=False,  # the graph has done so
            classes=scores.shape[2],
            background=background,
        ),
    )


def _is_last(file: ModelFile, operation: CustomOperation) -> bool:
    """Whether an operation has three inputs and its four outputs are all that the file gives."""
    given = sorted(output.index for output in file.outputs)
    return len(operation.inputs) == 3 and len(operation.outputs) == 4 and sorted(operation.outputs) == given


def without(operation: CustomOperation, content: bytes) -> bytes:
    """A model without an operation, whose inputs it gives as its outputs.

    Args:
        operation: one of the model's.
        content: a model that a runtime has accepted.
    """
    model = unpacked(content)
    graph = model.subgraphs[0]
    graph.operators = [other for other in graph.operators if tuple(other.outputs) != operation.outputs]
    graph.outputs = list(operation.inputs)
    model.signatureDefs = None  # they name outputs that are gone
    return packed(model, len(content))
