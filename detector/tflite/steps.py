"""Finds how coarsely an output's values were quantised before they reached it.

Outputs may be float, but computed from an int8 tensor with one step for all its numbers. If boxes in pixels share such
a tensor with scores, every score is rounded to 0. Source: the schema of the TFLite format.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from detector.tflite.graph import OPERATION, Graph, Operator

# Operations that keep values: they move them, choose among them, or convert their storage.
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
IN_PLACE = {OPERATION.DEQUANTIZE, OPERATION.QUANTIZE}  # those among them that keep the axes


@dataclass(frozen=True, slots=True)
class Column:
    """The numbers of a tensor at one position along an axis; an axis of None stands for the whole tensor."""

    tensor: int
    axis: int | None
    position: int


def coarsest_step(graph: Graph, output: int, axis: int, position: int) -> float:
    """The largest quantisation step, dequantised, that some values of an output were rounded to; 0 if none.

    Follows the graph's operators back from the output, as long as they keep the numbers.

    Args:
        graph: the model's.
        output: index of the tensor.
        axis, position: select the numbers; see Column.
    """
    columns, longest = [Column(output, axis, position)], _step(graph, output)
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
    """The step of a tensor; 0 if it is not quantised, or has several."""
    tensor = graph.tensors[index]
    quantisation = tensor.quantisation
    if tensor.dtype is None or not np.issubdtype(tensor.dtype, np.integer) or quantisation is None:
        return 0.0
    return float(quantisation.scales[0]) if quantisation.is_per_tensor else 0.0


def _sources(graph: Graph, operator: Operator, column: Column) -> Iterator[Column]:
    """The inputs' values that an operator only moved; empty if it computed new ones."""
    source = replace(column, tensor=operator.inputs[0])
    if operator.operation in IN_PLACE:
        yield source
    elif operator.operation in ELSEWHERE:
        yield _before_move(graph, operator, source)
    elif operator.operation in (OPERATION.STRIDED_SLICE, OPERATION.SLICE):
        yield _before_slice(graph, operator, source)
    elif operator.operation == OPERATION.CONCATENATION and column.axis is not None:
        yield from _before_concatenation(graph, operator, column)


def _before_move(graph: Graph, operator: Operator, source: Column) -> Column:
    """The same numbers before a transposition, or a reshape that keeps their axis; else the whole tensor."""
    if source.axis is None:
        return source
    before, after = graph.tensors[source.tensor].shape, graph.tensors[operator.outputs[0]].shape
    if operator.operation == OPERATION.TRANSPOSE:
        axes = graph.constant(operator.inputs[1])
        return replace(source, axis=None if axes is None else int(axes[source.axis]))
    same = [axis for axis, size in enumerate(before) if size == after[source.axis]]
    return replace(source, axis=same[0] if operator.operation == OPERATION.RESHAPE and len(same) == 1 else None)


def _before_slice(graph: Graph, operator: Operator, source: Column) -> Column:
    """The same numbers in the tensor that was sliced."""
    before, after = graph.tensors[source.tensor].shape, graph.tensors[operator.outputs[0]].shape
    cut = [axis for axis, size in enumerate(before) if len(before) == len(after) and size != after[axis]]
    starts = graph.constant(operator.inputs[1])
    if len(cut) != 1 or starts is None or source.axis not in (None, cut[0]):
        return source if len(before) == len(after) else replace(source, axis=None)
    axis = cut[0]
    masked = operator.operation == OPERATION.STRIDED_SLICE and operator.options.beginMask & 1 << axis
    start = 0 if masked else int(starts[axis]) % before[axis]
    return replace(source, axis=axis, position=start + (0 if source.axis is None else source.position))


def _before_concatenation(graph: Graph, operator: Operator, column: Column) -> Iterator[Column]:
    """The same numbers in the tensors that were concatenated."""
    if operator.options.axis % len(graph.tensors[column.tensor].shape) != column.axis:
        yield from (replace(column, tensor=index) for index in operator.inputs)
        return
    position = column.position
    for index in operator.inputs:
        size = graph.tensors[index].shape[operator.options.axis]
        if 0 <= position < size:
            yield replace(column, tensor=index, position=position)
        position -= size
