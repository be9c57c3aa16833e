"""Reads a backbone from a published .tflite file: a MobileNet classifier, an SSD, or our own export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray
from torch import Tensor

from detector.tflite import OPERATION, Graph, GraphTensor, Operator
from training.network.backbone import Layer, taps
from training.network.points import STRIDES

CONVOLUTIONS = {OPERATION.CONV_2D, OPERATION.DEPTHWISE_CONV_2D}
SKIPPED = {OPERATION.PAD, OPERATION.QUANTIZE}  # exports put these beside a convolution, or before the first

Weights = tuple[Tensor, Tensor]  # a convolution's kernel [out, in / groups, k, k] and bias [out]


def read_backbone(file: Path) -> tuple[list[Layer], list[Weights]]:
    """Reads the backbone of a MobileNet classifier, of an SSD, or of our own export, quantised or not.

    Args:
        file: a .tflite file whose graph begins as a chain of convolutions, depthwise convolutions and additions, from
            which others may branch off.

    Returns:
        The layers as far as the last stride needs them, and the weights of each convolution.

    Raises:
        ValueError: the file is no such network.
    """
    graph = Graph.parse(file.read_bytes())
    dequantised_from = _dequantised_from(graph)
    layer_of_tensor: dict[int, int] = {}
    layers: list[Layer] = []
    weights: list[Weights] = []
    for operator in _longest_path(graph):
        if operator.operation in SKIPPED:
            continue
        if operator.operation == OPERATION.ADD:
            layers.append(_addition(file.name, operator, layers, layer_of_tensor))
        elif operator.operation in CONVOLUTIONS:
            kernel, bias = _weights(graph, operator, dequantised_from)
            layers.append(_convolution(graph, operator, kernel))
            weights.append((torch.from_numpy(kernel.copy()), torch.from_numpy(bias.copy())))
        else:
            break
        layer_of_tensor[operator.outputs[0]] = len(layers) - 1
    ends = taps(layers)
    if len(ends) < len(STRIDES):
        raise ValueError(f"{file.name} has no backbone with features at strides {STRIDES}")
    layers = layers[: ends[-1] + 1]
    return layers, weights[: sum(layer.kind != "add" for layer in layers)]


def _addition(name: str, operator: Operator, layers: list[Layer], layer_of_tensor: dict[int, int]) -> Layer:
    """The layer of an addition, which must add the output of the last layer to that of an earlier one."""
    earlier, last = sorted(layer_of_tensor[tensor] for tensor in operator.inputs[:2])
    if last != len(layers) - 1:
        raise ValueError(f"{name}: an addition does not follow the layer it adds to")
    channels = layers[-1].channels_out
    return Layer("add", channels, channels, relu6=False, skip=earlier)


def _weights(
    graph: Graph, operator: Operator, dequantised_from: dict[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel in PyTorch's order [out, in / groups, k, k], and bias."""
    kernel, bias = (_dequantise(graph, dequantised_from.get(tensor, tensor)) for tensor in operator.inputs[1:3])
    depthwise = operator.operation == OPERATION.DEPTHWISE_CONV_2D
    return kernel.transpose(3, 0, 1, 2) if depthwise else kernel.transpose(0, 3, 1, 2), bias


def _convolution(graph: Graph, operator: Operator, kernel: NDArray[np.float32]) -> Layer:
    out, into, size = kernel.shape[:3]
    depthwise = operator.operation == OPERATION.DEPTHWISE_CONV_2D
    return Layer(
        "depthwise" if depthwise else "conv",
        out if depthwise else into,
        out,
        kernel=size,
        stride=int(operator.options.strideH),
        relu6=operator.options.fusedActivationFunction == schema.ActivationFunctionType.RELU6
        or _starts_at_zero(graph.tensors[operator.outputs[0]]),
    )


def _longest_path(graph: Graph) -> Iterator[Operator]:
    """Operators on the longest path through the graph: the backbone lies on it, everything else branches off."""
    left: dict[int, int] = {}  # by tensor: operators on the longest path from there on
    readers: dict[int, list[Operator]] = {}
    for operator in reversed(graph.operators):  # listed in the order in which they run
        further = 1 + max(left.get(tensor, 0) for tensor in operator.outputs)
        for tensor in operator.inputs:
            left[tensor] = max(left.get(tensor, 0), further)
            readers.setdefault(tensor, []).append(operator)
    tensor = graph.inputs[0]
    while tensor in readers:
        operator = max(readers[tensor], key=lambda reader: left.get(reader.outputs[0], 0))
        yield operator
        tensor = operator.outputs[0]


def _dequantised_from(graph: Graph) -> dict[int, int]:
    """Tensors with float16 constants, by the float32 tensors that they are converted into."""
    conversions = (operator for operator in graph.operators if operator.operation == OPERATION.DEQUANTIZE)
    return {operator.outputs[0]: operator.inputs[0] for operator in conversions}


def _starts_at_zero(tensor: GraphTensor) -> bool:
    """True if a quantised tensor has no numbers below zero: TensorFlow 1 may leave only this range of a RELU6."""
    if tensor.dtype not in (np.uint8, np.int8) or tensor.quantisation is None:
        return False
    return bool(tensor.quantisation.zero_points[0] == np.iinfo(tensor.dtype).min)


def _dequantise(graph: Graph, index: int) -> NDArray[np.float32]:
    """A constant tensor as float32: (q - zero point) * scale, per tensor or along its quantised axis."""
    stored, quantisation = graph.constant(index), graph.tensors[index].quantisation
    if stored is None:
        raise ValueError("a kernel or a bias is computed, not stored")
    values = stored.astype(np.float32)
    if quantisation is None:
        return values
    shape = [1] * values.ndim
    shape[quantisation.axis if values.ndim > 1 else 0] = len(quantisation.scales)
    zero_points = np.asarray(quantisation.zero_points, np.float32).reshape(shape)
    return np.asarray((values - zero_points) * quantisation.scales.reshape(shape), np.float32)
