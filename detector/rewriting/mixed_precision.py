"""Running the first layers of int8 files in float32, on CPUs that have AVX2 but nothing better.

First layers have most pixels and fewest channels. What int8 costs there beside its sums, few channels padded to eight
and every result rounded to a byte, takes longer than the sums do. Later layers are faster in int8. At 8 connections
that is about 9 % more photos with an SSD FPN-Lite, and 5 % with SSD MobileNet v1.

What is not rounded stays nearer to what the network was trained with. It may also lie where int8 does not reach: where
an activation had been left out for that, it is put back. Source: the 8-bit quantisation specification of LiteRT.
"""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from detector.files.modelfile import ModelFile
from detector.tflite.graph import (
    ABSENT,
    EMPTY,
    KERNELS,
    OPERATION,
    added,
    conversion,
    has_one_scale,
    is_constant,
    operation_of,
    packed,
    put,
    stored,
    unpacked,
)

CPU = Path("/proc/cpuinfo")
SMALLER = 12  # how many times smaller than the picture first layers may be; sides are halved, so: down to an eighth

# The operations that first layers consist of, with how many of their inputs are no constants.
ACTIVATIONS = dict.fromkeys((*KERNELS, OPERATION.PAD, OPERATION.QUANTIZE), 1) | {OPERATION.ADD: 2}

INT8 = np.iinfo(np.int8)
SIX = 6.01  # to what ReLU6 reaches, and its rounding
ACTIVATION = schema.ActivationFunctionType


def pays() -> bool:
    """Whether first layers run faster in float32 on this CPU, as far as that was measured."""
    try:
        flags = CPU.read_text().split()
    except OSError:
        return False
    return "avx2" in flags and not any(flag.startswith("avx512") or flag == "avx_vnni" for flag in flags)


def in_mixed_precision(file: ModelFile) -> ModelFile:
    """The file with its first layers in float32; the file itself where they are not int8, or of other operations."""
    model = unpacked(file.content)
    graph = model.subgraphs[0]
    first = _first(model)
    if not any(operation_of(model, operator) in KERNELS for operator in first):
        return file
    rest = [operator for operator in graph.operators if operator not in first]
    read_in_int8 = {number for operator in rest for number in operator.inputs}.union(graph.outputs)
    [picture] = graph.inputs
    twins = {picture: picture}  # the float32 tensors, by the int8 ones that they stand for
    operators = []
    if _is_int8(graph.tensors[picture]):
        twins[picture] = _twin(model, graph.tensors[picture])
        operators.append(conversion(model, OPERATION.DEQUANTIZE, picture, twins[picture]))
    for operator in first:
        [after] = operator.outputs
        if operation_of(model, operator) == OPERATION.QUANTIZE:
            twins[after] = twins[operator.inputs[0]]
        else:
            twins[after] = _twin(model, graph.tensors[after])
            _convert(model, operator, twins)
            operators.append(operator)
        if after in read_in_int8:
            operators.append(conversion(model, OPERATION.QUANTIZE, twins[after], after))
    graph.operators = operators + rest
    return file.running_faster(packed(model, len(file.content)))


def _first(model: Any) -> list[Any]:
    """The operators of the first layers, in order; each reads the picture, or what others of them give."""
    graph = model.subgraphs[0]
    reached = set(graph.inputs) if len(graph.inputs) == 1 else set()
    first = []
    for operator in graph.operators:
        count = ACTIVATIONS.get(operation_of(model, operator), 0)
        if (
            count
            and reached.issuperset(operator.inputs[:count])
            and _is_first(model, operator, operator.inputs[count:])
        ):
            first.append(operator)
            reached.update(operator.outputs)
    return first


def _is_first(model: Any, operator: Any, others: Sequence[int]) -> bool:
    """Whether an operator gives enough pixels, in int8, and its other inputs are constants that can be converted."""
    graph = model.subgraphs[0]
    picture, after = graph.tensors[graph.inputs[0]], graph.tensors[operator.outputs[0]]
    return (
        _is_int8(after)
        and np.shape(after.shape) == np.shape(picture.shape) == (4,)
        and max(after.shape[1:3]) * SMALLER >= max(picture.shape)
        and all(number != ABSENT and is_constant(model, graph.tensors[number]) for number in others)
        and (operation_of(model, operator) not in KERNELS or graph.tensors[others[0]].type == schema.TensorType.INT8)
    )


def _convert(model: Any, operator: Any, twins: dict[int, int]) -> None:
    """Makes an operator, with its constants, one of float32 tensors."""
    graph = model.subgraphs[0]
    axis = KERNELS.get(operation_of(model, operator))
    if axis is None:
        operator.inputs = [twins.get(number, number) for number in operator.inputs]
    else:
        before, kernel, *biases = (graph.tensors[number] for number in operator.inputs)
        scale = np.asarray(kernel.quantization.scale)
        by_channel = np.moveaxis(stored(model, kernel, np.int8), axis, -1) * scale
        operator.inputs = [twins[operator.inputs[0]], _twin(model, kernel, np.moveaxis(by_channel, -1, axis))]
        for bias in biases:
            real = stored(model, bias, np.int32) * scale * before.quantization.scale
            operator.inputs.append(_twin(model, bias, real))
    [after] = operator.outputs
    operator.outputs = [twins[after]]
    _put_activation_back(operator.builtinOptions, graph.tensors[after].quantization)


def _put_activation_back(options: Any, quantisation: Any) -> None:
    """Makes an operator's activation a ReLU or ReLU6 where it has none and int8 had no numbers below 0, or above 6."""
    if getattr(options, "fusedActivationFunction", None) == ACTIVATION.NONE and quantisation.zeroPoint[0] == INT8.min:
        highest = (INT8.max - INT8.min) * quantisation.scale[0]
        options.fusedActivationFunction = ACTIVATION.RELU6 if highest <= SIX else ACTIVATION.RELU


def _twin(model: Any, tensor: Any, numbers: NDArray[Any] | None = None) -> int:
    """Adds a tensor that is another in float32, with its numbers where it is a constant; returns its number."""
    twin = copy.copy(tensor)
    twin.type, twin.quantization, twin.buffer = schema.TensorType.FLOAT32, None, EMPTY
    if numbers is not None:
        put(model, twin, numbers.astype(np.float32))
    return added(model, twin)


def _is_int8(tensor: Any) -> bool:
    return bool(tensor.type == schema.TensorType.INT8) and has_one_scale(tensor)
