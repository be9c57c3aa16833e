"""Finds how coarsely numbers of an output were quantised on their way to it.

Exporters give float outputs, but may have stored the numbers in int8 before, in steps that hold for all numbers of a
tensor: where boxes in pixels share one with scores, every score is rounded to 0. Source: the schema of the TFLite
format.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from detector.tflite.graph import OPERATION, Graph, Operator

# Operations that leave all numbers as they are: they move them, choose among them, or convert how they are stored.
ELSEWHERE = {
    OPERATION.DEQUANTIZE,
    OPERATION.EXPAND_DIMS,
    OPERATION.GATHER,
    OPERATION.GATHER_ND,
    OPERATION.QUANTIZE,
    OPERATION.REDUCE_MAX,
    OPERATION.RESHAPE,
    OPERATION.SQUEEZE,
    OPERATION.TOPK_V2,
    OPERATION.TRANSPOSE,
}
IN_PLACE = {OPERATION.DEQUANTIZE, OPERATION.QUANTIZE}  # of these, those that keep the axes


@dataclass(frozen=True, slots=True)
class Column:
    """Numbers of a tensor at one place along an axis; an axis of None stands for all of the tensor."""

    tensor: int
    axis: int | None
    place: int


def coarsest_step(graph: Graph, output: int, axis: int, place: int) -> float:
    """The longest step, as a real number, that some numbers of an output were rounded to; 0 where they were not.

    Args:
        graph: whose operators are followed back from the output, as far as they leave the numbers as they are.
        output: the tensor.
        axis, place: which of its numbers count.
    """
    columns, longest = [Column(output, axis, place)], _step(graph, output)
    for operator in reversed(graph.operators):
        sources: list[Column] = []
        for column in columns:
            if operator.inputs and column.tensor in operator.outputs:
                sources += _sources(graph, operator, column)
            else:
                sources.append(column)
        longest = max([longest, *(_step(graph, column.tensor) for column in sources)])
        columns = sources
    return longest


def _step(graph: Graph, index: int) -> float:
    """The step of a tensor; 0 where it is not one of integers, or has several."""
    tensor = graph.tensors[index]
    quantisation = tensor.quantisation
    if tensor.dtype is None or not np.issubdtype(tensor.dtype, np.integer) or quantisation is None:
        return 0.0
    return float(quantisation.scales[0]) if quantisation.is_per_tensor else 0.0


def _sources(graph: Graph, operator: Operator, column: Column) -> Iterator[Column]:
    """Where an operator had some numbers from; nothing where it computed them."""
    source = replace(column, tensor=operator.inputs[0])
    if operator.operation in IN_PLACE:
        yield source
    elif operator.operation in ELSEWHERE:
        yield _moved(graph, operator, source)
    elif operator.operation in (OPERATION.STRIDED_SLICE, OPERATION.SLICE):
        yield _unsliced(graph, operator, source)
    elif operator.operation == OPERATION.CONCATENATION and column.axis is not None:
        yield from _part(graph, operator, column)


def _moved(graph: Graph, operator: Operator, source: Column) -> Column:
    """The axis after a transposition or reshaping that keeps its size and order, else all of the tensor."""
    if source.axis is None:
        return source
    before, after = graph.tensors[source.tensor].shape, graph.tensors[operator.outputs[0]].shape
    if operator.operation == OPERATION.TRANSPOSE:
        axes = graph.constant(operator.inputs[1])
        return replace(source, axis=None if axes is None else int(axes[source.axis]))
    same = [axis for axis, size in enumerate(before) if size == after[source.axis]]
    return replace(source, axis=same[0] if operator.operation == OPERATION.RESHAPE and len(same) == 1 else None)


def _unsliced(graph: Graph, operator: Operator, source: Column) -> Column:
    """The numbers in the tensor that a slice was cut out of."""
    before, after = graph.tensors[source.tensor].shape, graph.tensors[operator.outputs[0]].shape
    cut = [axis for axis, size in enumerate(before) if len(before) == len(after) and size != after[axis]]
    starts = graph.constant(operator.inputs[1])
    if len(cut) != 1 or starts is None or source.axis not in (None, cut[0]):
        return source if len(before) == len(after) else replace(source, axis=None)
    axis = cut[0]
    masked = operator.operation == OPERATION.STRIDED_SLICE and operator.options.beginMask & 1 << axis
    start = 0 if masked else int(starts[axis]) % before[axis]
    return replace(source, axis=axis, place=start + (0 if source.axis is None else source.place))


def _part(graph: Graph, operator: Operator, column: Column) -> Iterator[Column]:
    """The numbers in the tensors that were joined."""
    if operator.options.axis % len(graph.tensors[column.tensor].shape) != column.axis:
        yield from (replace(column, tensor=index) for index in operator.inputs)
        return
    place = column.place
    for index in operator.inputs:
        size = graph.tensors[index].shape[operator.options.axis]
        if 0 <= place < size:
            yield replace(column, tensor=index, place=place)
        place -= size
