"""Computes the boxes of YOLOv8 and its successors only on the levels that found something.

On each level, these networks have one branch of convolutions for scores and another for boxes. Box branches take a
seventh of the time, mostly on the finest level, which finds small objects. So the file is split, and a level's boxes
are computed only if one of its scores is high enough. Then only those few boxes are decoded, not all 8,400, and without
being rounded as int8 outputs are. At 8 connections, YOLOv8n and YOLO11n at 640 pixels process 1.2 times the photos if
all objects are large, and as many as before if there are large and small ones.
"""

from detector.families import Family, Yolov8, in_parts
from detector.files import ModelFile
from detector.rewriting.origins import Part, origins
from detector.tflite import OPERATION, Graph, Stage

BOX = 4  # numbers in an output before the scores


def with_boxes_on_demand(file: ModelFile, family: Yolov8) -> tuple[ModelFile, Family] | None:
    """Splits a file; returns the parts with their family, or None if its graph has another structure.

    Args:
        file: any.
        family: the file's.
    """
    graph = file.graph
    if not graph.is_alone:
        return None
    scores = _scores(graph, family)
    first = graph.ancestors(scores)
    rest = set(range(len(graph.operators))) - first
    depending = first & graph.descendants(graph.inputs)  # the others convert constants
    computed = {index for position in depending for index in graph.operators[position].outputs}
    stages = []
    for level in scores:
        boxes = _last_convolution(graph, rest, graph.tensors[level].shape[:3])
        later = graph.ancestors(boxes) - depending
        reads = {index for position in later for index in graph.operators[position].inputs if index in computed}
        if len(reads) != 1:
            return None
        stages.append(Stage(graph.subgraph(later, list(reads), boxes).serialise(), *reads, *boxes))
    if not stages:
        return None
    shared = graph.subgraph(first, graph.inputs, scores + [stage.reads for stage in stages])
    parts = file.running(shared.serialise(), stages)
    return parts, in_parts(family, parts, list(zip(scores, [stage.gives for stage in stages], strict=True)))


def _scores(graph: Graph, family: Yolov8) -> list[int]:
    """Each level's tensor [1, rows, columns, C] with logits of scores; empty if scores are computed otherwise."""
    axis = 1 if family.boxes_last else 2
    parts = origins(graph, Part(family.output, axis, BOX, graph.tensors[family.output].shape[axis]))
    return [part.tensor for part in parts] if all(_are_logits(graph, part) for part in parts) else []


def _are_logits(graph: Graph, part: Part) -> bool:
    """True for a whole tensor [1, rows, columns, C] along its last axis, or along any axis if it has one class."""
    shape = graph.tensors[part.tensor].shape
    return (
        part.sigmoids == 1
        and len(shape) == 4
        and (part.first, part.end) == (0, shape[part.axis])
        and (part.axis == 3 or shape[3] == 1)
    )


def _last_convolution(graph: Graph, positions: set[int], grid: tuple[int, ...]) -> list[int]:
    """The output of the last convolution at these positions with a grid [1, rows, columns]; empty if there is none."""
    operators = [graph.operators[position] for position in sorted(positions)]
    outputs = [operator.outputs[0] for operator in operators if operator.operation == OPERATION.CONV_2D]
    return [index for index in outputs if graph.tensors[index].shape[:3] == grid][-1:]
