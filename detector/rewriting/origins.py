"""Where numbers of a model's output come from: back through operations that move them, or convert them one by one.

Source: the schema of the TFLite format.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from detector.tflite.graph import OPERATION, is_constant, operation_of, shape_of, stored


@dataclass(frozen=True, slots=True)
class Part:
    """Numbers of a tensor: from `first` to before `end` along one axis, all of them along the others.

    Attributes:
        logistics: how many times they are made probabilities on their way to the output.
    """

    tensor: int
    axis: int
    first: int
    end: int
    logistics: int = 0


def origins(model: Any, part: Part) -> list[Part]:
    """What computed a part of an output: a part of a tensor, or of several whose numbers were joined, in their order.

    Args:
        model: its objects.
        part: of one of its outputs.
    """
    parts = [part]
    for operator in reversed(model.subgraphs[0].operators):
        parts = [source for each in parts for source in _sources(model, operator, each)]
    return parts


def _sources(model: Any, operator: Any, part: Part) -> list[Part]:
    """Of what an operator made a part; the part itself where it made something else, or computed."""
    return (_moved(model, operator, part) if part.tensor in operator.outputs else None) or [part]


def _moved(model: Any, operator: Any, part: Part) -> list[Part] | None:
    """Of what an operator made a part; None where it computed."""
    source = replace(part, tensor=operator.inputs[0])
    match operation_of(model, operator):
        case OPERATION.QUANTIZE | OPERATION.DEQUANTIZE | OPERATION.LOGISTIC as operation:
            return [replace(source, logistics=part.logistics + (operation == OPERATION.LOGISTIC))]
        case OPERATION.CONCATENATION:
            return _joined(model, operator, part)
        case OPERATION.STRIDED_SLICE:
            return _cut_out(model, operator, source)
        case OPERATION.TRANSPOSE:
            return _transposed(model, operator, source)
        case OPERATION.RESHAPE:
            return _reshaped(model, operator, source)
        case _:
            return None


def _joined(model: Any, operator: Any, part: Part) -> list[Part]:
    if operator.builtinOptions.axis % len(shape_of(model, part.tensor)) != part.axis:
        return [replace(part, tensor=number) for number in operator.inputs]
    parts, start = [], 0
    for number in operator.inputs:
        size = shape_of(model, number)[part.axis]
        first, end = max(part.first - start, 0), min(part.end - start, size)
        if first < end:
            parts.append(replace(part, tensor=number, first=first, end=end))
        start += size
    return parts


def _cut_out(model: Any, operator: Any, source: Part) -> list[Part] | None:
    """A slice along the part's axis and no other, without gaps."""
    axis = source.axis
    before, after = shape_of(model, source.tensor), shape_of(model, operator.outputs[0])
    starts, steps = (_constants(model, operator.inputs[place]) for place in (1, 3))
    elsewhere = [each for each in range(len(before)) if each != axis]
    if len(before) != len(after) or any(before[each] != after[each] for each in elsewhere):
        return None
    if starts is None or steps is None or steps[axis] != 1:
        return None
    start = 0 if operator.builtinOptions.beginMask & 1 << axis else starts[axis] % before[axis]
    return [replace(source, first=source.first + start, end=source.end + start)]


def _transposed(model: Any, operator: Any, source: Part) -> list[Part] | None:
    axes = _constants(model, operator.inputs[1])
    return None if axes is None else [replace(source, axis=axes[source.axis])]


def _reshaped(model: Any, operator: Any, source: Part) -> list[Part] | None:
    """The part's axis is the one of the same size with as many numbers before it."""
    before, after = shape_of(model, source.tensor), shape_of(model, operator.outputs[0])
    for axis, size in enumerate(before):
        if size == after[source.axis] and math.prod(before[:axis]) == math.prod(after[: source.axis]):
            return [replace(source, axis=axis)]
    return None


def _constants(model: Any, number: int) -> list[int] | None:
    """The numbers of a tensor of int32; None where they are computed."""
    tensor = model.subgraphs[0].tensors[number]
    return list(map(int, stored(model, tensor, np.int32))) if is_constant(model, tensor) else None
