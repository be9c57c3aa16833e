"""The backbone: a MobileNet as a list of layers, so that a checkpoint rebuilds it without the file it came from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.network.points import STRIDES

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
    """Layers of MobileNet v1 at half width: the backbone of a network that starts from random weights."""
    layers = [Layer("conv", 3, 16, kernel=3, stride=2)]
    channels = 16
    for out, stride in MOBILENET_V1_HALF:
        layers.append(Layer("depthwise", channels, channels, kernel=3, stride=stride))
        layers.append(Layer("conv", channels, out, kernel=1))
        channels = out
    return layers


class Backbone(nn.Module):
    """Features at strides 8, 16 and 32.

    It pads one pixel on every side; TensorFlow pads only the bottom and the right before a stride of 2. That moves the
    sampling grid by one pixel and keeps the features.
    """

    def __init__(self, layers: list[Layer]) -> None:
        """Builds the layers with random weights; `load` replaces them."""
        super().__init__()
        self.layers = layers
        self.convolutions = nn.ModuleList(_convolution(layer) for layer in layers if layer.kind != "add")
        self.taps = taps(layers)
        self.channels = [layers[tap].channels_out for tap in self.taps]

    def load(self, weights: list[tuple[Tensor, Tensor]]) -> None:
        """Copies kernels and biases, in the order of the layers."""
        with torch.no_grad():
            for convolution, (kernel, bias) in zip(self.convolutions, weights, strict=True):
                convolution.weight.copy_(kernel)  # type: ignore[operator]  # nn.ModuleList loses the type
                convolution.bias.copy_(bias)  # type: ignore[operator]  # likewise

    def freeze(self) -> None:
        """Freezes the layers before the first of the STRIDES: edges and colours look alike in all photos.

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
        """Features [B, C, S / stride, S / stride] of images [B, 3, S, S], one tensor per stride."""
        outputs = self.outputs(images)
        return [outputs[tap] for tap in self.taps]

    def outputs(self, images: Tensor) -> list[Tensor]:
        """Outputs of all layers that the features depend on."""
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


def taps(layers: list[Layer]) -> list[int]:
    """Index of the last block at each of the STRIDES present: a block ends after a depthwise layer, or adds."""
    stride, last = 1, {}
    for index, layer in enumerate(layers):
        stride *= layer.stride
        if layer.kind == "add" or (layer.kind == "conv" and index and layers[index - 1].kind == "depthwise"):
            last[stride] = index
    return [last[stride] for stride in STRIDES if stride in last]
