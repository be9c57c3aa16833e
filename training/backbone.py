"""The backbone: a published MobileNet in a .tflite file, read as layers and real-valued weights.

Layers are kept as plain dictionaries, so that a checkpoint can rebuild the network without the file it came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray
from torch import Tensor, nn

from detector.tflite.graph import OPERATION, Graph, GraphTensor, Operator

STRIDES = (8, 16, 32)
CONVOLUTIONS = {OPERATION.CONV_2D, OPERATION.DEPTHWISE_CONV_2D}
PASSED_OVER = {OPERATION.PAD, OPERATION.QUANTIZE}  # what exports do beside a convolution, or before the first

# MobileNet v1, width 0.5 (Howard et al., arXiv 1704.04861, table 1): (channels out, stride) of each separable layer.
MOBILENET_V1_HALF = [
    *((32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2)),
    *((256, 1), (256, 1), (256, 1), (256, 1), (256, 1), (512, 2), (512, 1)),
]


@dataclass(frozen=True)
class Layer:
    """One convolution (its bias and its ReLU6 included) or one residual addition.

    Attributes:
        kind: ``conv``, ``depthwise`` or ``add``.
        channels_in: channels of the input.
        channels_out: channels of the output.
        kernel: height and width of the kernel, pixels.
        stride: 1 or 2.
        relu6: whether the output is clipped to 0..6.
        skip: for ``add``: index of the layer whose output is added to the one before.
    """

    kind: str
    channels_in: int
    channels_out: int
    kernel: int = 1
    stride: int = 1
    relu6: bool = True
    skip: int = -1


def mobilenet_v1() -> list[Layer]:
    """Layers of MobileNet v1 at half width: the backbone when no file is given."""
    layers = [Layer("conv", 3, 16, kernel=3, stride=2)]
    channels = 16
    for out, stride in MOBILENET_V1_HALF:
        layers.append(Layer("depthwise", channels, channels, kernel=3, stride=stride))
        layers.append(Layer("conv", channels, out, kernel=1))
        channels = out
    return layers


def read_backbone(file: Path) -> tuple[list[Layer], list[tuple[Tensor, Tensor]]]:
    """Reads the backbone of a MobileNet classifier, of an SSD, or of our own export, quantised or not.

    Args:
        file: a .tflite file whose graph begins as a chain of convolutions, depthwise convolutions and additions, from
            which others may branch off.

    Returns:
        The layers as far as the last stride needs them, and each convolution's kernel [out, in / groups, k, k] and bias
        [out].

    Raises:
        ValueError: the file is no such network.
    """
    graph = Graph.parse(file.read_bytes())
    stored = _stored(graph)
    produced_by: dict[int, int] = {}
    layers: list[Layer] = []
    weights: list[tuple[Tensor, Tensor]] = []
    for operator in _longest_way(graph):
        builtin = operator.operation
        if builtin in PASSED_OVER:
            continue
        if builtin == OPERATION.ADD:
            sources = sorted(produced_by[tensor] for tensor in operator.inputs[:2])
            if sources[1] != len(layers) - 1:
                raise ValueError(f"{file.name}: an addition does not follow the layer it adds to")
            channels = layers[-1].channels_out
            layers.append(Layer("add", channels, channels, relu6=False, skip=sources[0]))
        elif builtin in CONVOLUTIONS:
            options = operator.options
            depthwise = builtin == OPERATION.DEPTHWISE_CONV_2D
            kernel, bias = (_real(graph, stored.get(tensor, tensor)) for tensor in operator.inputs[1:3])
            kernel = kernel.transpose(3, 0, 1, 2) if depthwise else kernel.transpose(0, 3, 1, 2)
            out, into, size = kernel.shape[:3]
            layers.append(
                Layer(
                    "depthwise" if depthwise else "conv",
                    out if depthwise else into,
                    out,
                    kernel=size,
                    stride=int(options.strideH),
                    relu6=options.fusedActivationFunction == schema.ActivationFunctionType.RELU6
                    or _starts_at_zero(graph.tensors[operator.outputs[0]]),
                )
            )
            weights.append((torch.from_numpy(kernel.copy()), torch.from_numpy(bias.copy())))
        else:
            break
        produced_by[operator.outputs[0]] = len(layers) - 1
    taps = _taps(layers)
    if len(taps) < len(STRIDES):
        raise ValueError(f"{file.name} has no backbone with features at strides {STRIDES}")
    layers = layers[: taps[-1] + 1]
    return layers, weights[: sum(layer.kind != "add" for layer in layers)]


class Backbone(nn.Module):
    """Features at strides 8, 16 and 32.

    Padding is one pixel on every side, where TensorFlow pads only the bottom and the right before a stride of 2. That
    moves the sampling grid by one pixel and leaves the features what they were.
    """

    def __init__(self, layers: list[Layer]) -> None:
        """Builds the layers with random weights; `load` puts published ones in."""
        super().__init__()
        self.layers = layers
        self.convolutions = nn.ModuleList(_convolution(layer) for layer in layers if layer.kind != "add")
        self.taps = _taps(layers)
        self.channels = [layers[tap].channels_out for tap in self.taps]

    def load(self, weights: list[tuple[Tensor, Tensor]]) -> None:
        """Copies kernels and biases, in the order of the layers."""
        with torch.no_grad():
            for convolution, (kernel, bias) in zip(self.convolutions, weights, strict=True):
                convolution.weight.copy_(kernel)  # type: ignore[operator]  # nn.ModuleList loses the type
                convolution.bias.copy_(bias)  # type: ignore[operator]  # likewise

    def freeze(self) -> None:
        """Keeps the layers before the first of the STRIDES as they are: edges and colours look alike everywhere.

        One run each, 200 steps on 100 photos: AP50 0.68 instead of 0.69, which may be chance, in a fifth less time.
        """
        stride = 1
        convolutions = iter(self.convolutions)
        for layer in self.layers:
            stride *= layer.stride
            if stride >= STRIDES[0]:
                break
            if layer.kind != "add":
                next(convolutions).requires_grad_(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Features [B, C, S / stride, S / stride] of images [B, 3, S, S], one tensor a stride."""
        outputs = self.outputs(images)
        return [outputs[tap] for tap in self.taps]

    def outputs(self, images: Tensor) -> list[Tensor]:
        """What each layer gives, as far as features need it."""
        outputs: list[Tensor] = []
        convolutions = iter(self.convolutions)
        features = images
        for layer in self.layers[: self.taps[-1] + 1]:
            if layer.kind == "add":
                features = features + outputs[layer.skip]
            else:
                features = next(convolutions)(features)
                if layer.relu6:
                    features = nn.functional.relu6(features)
            outputs.append(features)
        return outputs


def _convolution(layer: Layer) -> nn.Conv2d:
    groups = layer.channels_in if layer.kind == "depthwise" else 1
    convolution = nn.Conv2d(
        layer.channels_in,
        layer.channels_out,
        layer.kernel,
        layer.stride,
        layer.kernel // 2,
        groups=groups,
    )
    nn.init.kaiming_normal_(convolution.weight, mode="fan_in", nonlinearity="relu")
    nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]  # a Conv2d with a bias has one
    return convolution


def _taps(layers: list[Layer]) -> list[int]:
    """Index of the last block at each of the STRIDES that there is: a block ends after a depthwise layer, or adds."""
    stride, last = 1, {}
    for index, layer in enumerate(layers):
        stride *= layer.stride
        if layer.kind == "add" or (layer.kind == "conv" and index and layers[index - 1].kind == "depthwise"):
            last[stride] = index
    return [last[stride] for stride in STRIDES if stride in last]


def _longest_way(graph: Graph) -> Iterator[Operator]:
    """The operations on the longest way through a graph: the backbone lies on it, and all else branches off."""
    left: dict[int, int] = {}  # operations on the longest way from a tensor on
    readers: dict[int, list[Operator]] = {}
    for operator in reversed(graph.operators):  # they are listed so that each comes after those that it reads from
        further = 1 + max(left.get(tensor, 0) for tensor in operator.outputs)
        for tensor in operator.inputs:
            left[tensor] = max(left.get(tensor, 0), further)
            readers.setdefault(tensor, []).append(operator)
    tensor = graph.inputs[0]
    while tensor in readers:
        operator = max(readers[tensor], key=lambda reader: left.get(reader.outputs[0], 0))
        yield operator
        tensor = operator.outputs[0]


def _stored(graph: Graph) -> dict[int, int]:
    """The tensors that hold a file's float16 constants, by those that these are made float32 in."""
    conversions = (operator for operator in graph.operators if operator.operation == OPERATION.DEQUANTIZE)
    return {operator.outputs[0]: operator.inputs[0] for operator in conversions}


def _starts_at_zero(tensor: GraphTensor) -> bool:
    """True where a quantised tensor has no numbers below zero: TensorFlow 1 may leave only this range of a RELU6."""
    if tensor.dtype not in (np.uint8, np.int8) or tensor.quantisation is None:
        return False
    return bool(tensor.quantisation.zero_points[0] == np.iinfo(tensor.dtype).min)


def _real(graph: Graph, index: int) -> NDArray[np.float32]:
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
