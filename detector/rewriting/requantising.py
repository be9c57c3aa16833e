"""Making files that are uint8 throughout, as TensorFlow 1 quantised them, int8 throughout, as files are today.

Runtimes keep their fastest code for int8: on a CPU with AVX-512 VNNI, the classic SSD MobileNet v1 takes 0.39 of its
time, and a photo half of it; with AVX2 alone 1.4 times the photos are done. An activation's int8 is its uint8 less 128,
which loses nothing. A kernel loses its zero point and gets a scale for each output channel instead of one for all. Its
values stay what they were where none lies more than 127 steps from zero; in the other channels, in that SSD one in
fifty, steps grow until 127 of them reach, and values are rounded to those. Source: the 8-bit quantisation specification
of LiteRT.
"""

import copy
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from detector.files.modelfile import ModelFile
from detector.tflite.graph import (
    ABSENT,
    EMPTY,
    HALF,
    KERNELS,
    OPERATION,
    added,
    conversion,
    forget_what_is_unused,
    has_one_scale,
    is_constant,
    operation_of,
    packed,
    put,
    stored,
    unpacked,
)

# Operations, beside those with a kernel, for which int8 is but another way to write the numbers.
ALIKE = {
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
REACH = 127  # steps from zero, both ways


def requantised(file: ModelFile) -> ModelFile:
    """The file in int8; the file itself where it is not uint8, or does what is not known here."""
    if any(tensor.dtype != np.uint8 for tensor in file.inputs):
        return file
    model = unpacked(file.content)
    if not _is_understood(model):
        return file
    _requantise_kernels(model)
    _join_at_one_scale(model)
    _shift(model)
    forget_what_is_unused(model)
    return file.running_faster(packed(model, len(file.content)))


def _is_understood(model: Any) -> bool:
    """Whether all is one graph of known operations, with constant kernels and biases, and a scale for every tensor."""
    graph, *others = model.subgraphs
    operations = {operation_of(model, operator) for operator in graph.operators}
    filters = [operator.inputs for operator in graph.operators if operation_of(model, operator) in KERNELS]
    kernels = {int(inputs[1]) for inputs in filters}
    biases = {int(bias) for inputs in filters for bias in inputs[2:]} - {ABSENT}
    uint8 = {number for number, tensor in enumerate(graph.tensors) if _is_uint8(tensor)}
    return (
        not others
        and operations <= {*KERNELS, *ALIKE, OPERATION.CONCATENATION}
        and kernels <= uint8
        and all(is_constant(model, graph.tensors[number]) for number in kernels | biases)
        and all(has_one_scale(graph.tensors[number]) for number in uint8 | biases)
    )


def _requantise_kernels(model: Any) -> None:
    """Gives kernels int8 numbers with a scale for each channel, and biases the scales that follow from those."""
    graph = model.subgraphs[0]
    growth: dict[int, NDArray[np.float64]] = {}  # how many times longer the steps of a tensor's channels are now
    for operator in graph.operators:
        axis = KERNELS.get(operation_of(model, operator))
        if axis is None:
            continue
        _, kernel, *biases = map(int, operator.inputs)
        if kernel not in growth:
            growth[kernel] = _requantise_kernel(model, graph.tensors[kernel], axis)
        for bias in {*biases} - {ABSENT, *growth}:
            growth[bias] = growth[kernel]
            tensor = graph.tensors[bias]
            put(model, tensor, np.rint(stored(model, tensor, np.int32) / growth[bias]).astype(np.int32))
            tensor.quantization = _quantisation(tensor.quantization.scale * growth[bias])


def _requantise_kernel(model: Any, kernel: Any, axis: int) -> NDArray[np.float64]:
    """Gives a kernel int8 numbers; returns how many times longer the steps of its channels are now."""
    steps = stored(model, kernel, np.uint8).astype(np.int32) - kernel.quantization.zeroPoint
    by_channel = np.moveaxis(steps, axis, -1)
    growth = np.maximum(np.abs(by_channel).max(axis=(0, 1, 2)) / REACH, 1.0)
    put(model, kernel, np.moveaxis(np.rint(by_channel / growth).astype(np.int8), -1, axis))
    kernel.type = schema.TensorType.INT8
    kernel.quantization = _quantisation(kernel.quantization.scale * growth, axis=axis)
    return np.asarray(growth, np.float64)


def _join_at_one_scale(model: Any) -> None:
    """Converts parts to the scale of the whole before they are concatenated, which in int8 does not convert them."""
    graph = model.subgraphs[0]
    operators = []
    for operator in graph.operators:
        whole = graph.tensors[operator.outputs[0]]
        if operation_of(model, operator) == OPERATION.CONCATENATION and _is_uint8(whole):
            conversions = [_rescaled(model, int(part), whole.quantization) for part in operator.inputs]
            operator.inputs = [conversion.outputs[0] for conversion in conversions]
            operators += conversions
        operators.append(operator)
    graph.operators = operators


def _rescaled(model: Any, part: int, quantisation: Any) -> Any:
    """An operator that converts a tensor to a scale."""
    converted = copy.copy(model.subgraphs[0].tensors[part])
    converted.quantization, converted.buffer = quantisation, EMPTY
    return conversion(model, OPERATION.QUANTIZE, part, added(model, converted))


def _shift(model: Any) -> None:
    """Makes int8 what is uint8 still: activations, and constants that are no kernels."""
    for tensor in filter(_is_uint8, model.subgraphs[0].tensors):
        if is_constant(model, tensor):
            put(model, tensor, stored(model, tensor, np.uint8) ^ HALF)
        tensor.type = schema.TensorType.INT8
        tensor.quantization = _quantisation(tensor.quantization.scale, tensor.quantization.zeroPoint - HALF)


def _is_uint8(tensor: Any) -> bool:
    return bool(tensor.type == schema.TensorType.UINT8)


def _quantisation(scale: NDArray[np.floating], zero_point: Any = None, axis: int = 0) -> Any:
    """What stored numbers mean, (stored - zero point) * scale, along an axis if scales are several; zero points: 0."""
    quantisation = schema.QuantizationParametersT()
    quantisation.scale = np.asarray(scale, np.float32)
    quantisation.zeroPoint = np.zeros(len(scale), np.int64) if zero_point is None else zero_point
    quantisation.quantizedDimension = axis
    return quantisation
