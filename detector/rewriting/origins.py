"""Traces where values of an output come from: through reshapes, slices, concatenations and element-wise conversions.

Source: the schema of the TFLite format.
"""

import math
from dataclasses import dataclass, replace

from detector.tflite import OPERATION, Graph, Operator


@dataclass(frozen=True, slots=True)
class Part:
    """A slice of a tensor: from `first` to before `end` along one axis, everything along the others.

    Attributes:
        sigmoids: the number of sigmoids between the slice and the output.
    """

    tensor: int
    axis: int
    first: int
    end: int
    sigmoids: int = 0


def origins(graph: Graph, part: Part) -> list[Part]:
    """The slices that a slice of an output was computed from, in order; several if they were concatenated.

    Args:
        graph: the model's.
        part: a slice of one of its outputs.
    """
    parts = [part]
    for operator in reversed(graph.operators):
        parts = [source for each in parts for source in _sources(graph, operator, each)]
    return parts


def _sources(graph: Graph, operator: Operator, part: Part) -> list[Part]:
    """The slices that an operator copied a slice from; the slice itself if it computed it, or is not its producer."""
    made = operator.inputs and part.tensor in operator.outputs
    return (_inputs(graph, operator, part) if made else None) or [part]


def _inputs(graph: Graph, operator: Operator, part: Part) -> list[Part] | None:
    """The slices that an operator copied a slice from; None if it computed it."""
    source = replace(part, tensor=operator.inputs[0])
    match operator.operation:
        case OPERATION.QUANTIZE | OPERATION.DEQUANTIZE | OPERATION.LOGISTIC as operation:
            return [replace(source, sigmoids=part.sigmoids + (operation == OPERATION.LOGISTIC))]
        case OPERATION.CONCATENATION:
            return _before_concatenation(graph, operator, part)
        case OPERATION.STRIDED_SLICE:
            return _before_slice(graph, operator, source)
        case OPERATION.TRANSPOSE:
            return _before_transpose(graph, operator, source)
        case OPERATION.RESHAPE:
            return _before_reshape(graph, operator, source)
        case _:
            return None


def _before_concatenation(graph: Graph, operator: Operator, part: Part) -> list[Part]:
    if operator.options.axis % len(graph.tensors[part.tensor].shape) != part.axis:
        return [replace(part, tensor=index) for index in operator.inputs]
    parts, start = [], 0
    for index in operator.inputs:
        size = graph.tensors[index].shape[part.axis]
        first, end = max(part.first - start, 0), min(part.end - start, size)
        if first < end:
            parts.append(replace(part, tensor=index, first=first, end=end))
        start += size
    return parts


def _before_slice(graph: Graph, operator: Operator, source: Part) -> list[Part] | None:
    """The part in the tensor that was sliced, if along the part's axis alone and without gaps."""
    axis = source.axis
    before, after = graph.tensors[source.tensor].shape, graph.tensors[operator.outputs[0]].shape
    starts, steps = (_integers(graph, operator.inputs[position]) for position in (1, 3))
    others = [each for each in range(len(before)) if each != axis]
    if len(before) != len(after) or any(before[each] != after[each] for each in others):
        return None
    if starts is None or steps is None or steps[axis] != 1:
        return None
    start = 0 if operator.options.beginMask & 1 << axis else starts[axis] % before[axis]
    return [replace(source, first=source.first + start, end=source.end + start)]


def _before_transpose(graph: Graph, operator: Operator, source: Part) -> list[Part] | None:
    axes = _integers(graph, operator.inputs[1])
    return None if axes is None else [replace(source, axis=axes[source.axis])]


def _before_reshape(graph: Graph, operator: Operator, source: Part) -> list[Part] | None:
    """The part before a reshape, whose axis has the same size and the same number of values before it."""
    before, after = graph.tensors[source.tensor].shape, graph.tensors[operator.outputs[0]].shape
    for axis, size in enumerate(before):
        if size == after[source.axis] and math.prod(before[:axis]) == math.prod(after[: source.axis]):
            return [replace(source, axis=axis)]
    return None


def _integers(graph: Graph, index: int) -> list[int] | None:
    """The values of a constant list of integers; None if they are computed."""
    values = graph.constant(index)
    return None if values is None else list(map(int, values))
