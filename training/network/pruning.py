"""Removes silent channels.

Trained long enough with weight decay, a network loses whole channels: their kernels vanish, and their output is
constant. MobileNet v2 as trained on Open Images has 19 of them among its first 32, where each costs most.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from dataclasses import asdict, replace

import torch
from torch import Tensor

from training.network.backbone import Backbone
from training.network.network import Network

MIN_STRENGTH = 1e-4  # relative to the layer's strongest channel


@torch.no_grad()
def prune(network: Network) -> Network:
    """The network without silent channels in the backbone; their constant outputs move into the next biases."""
    backbone = network.backbone
    layers = list(backbone.layers)
    convolving = [index for index, layer in enumerate(layers) if layer.kind != "add"]
    weights: dict[int, tuple[Tensor, Tensor]] = {
        index: (convolution.weight, convolution.bias)  # type: ignore[misc]  # nn.ModuleList loses the types
        for index, convolution in zip(convolving, backbone.convolutions, strict=True)
    }
    for index in _depthwise(backbone):
        (kernel, bias), (next_kernel, next_bias) = weights[index], weights[index + 1]
        strength = kernel.abs().sum((1, 2, 3)) * next_kernel.abs().amax((0, 2, 3))
        live = strength >= MIN_STRENGTH * strength.max()
        constant = bias.clamp(0, 6) if layers[index].relu6 else bias
        weights[index + 1] = next_kernel[:, live], next_bias + next_kernel[:, ~live, 0, 0] @ constant[~live]
        for earlier in (index - 1, index):
            weights[earlier] = weights[earlier][0][live], weights[earlier][1][live]
        count = int(live.sum())
        layers[index - 1] = replace(layers[index - 1], channels_out=count)
        layers[index] = replace(layers[index], channels_in=count, channels_out=count)
        layers[index + 1] = replace(layers[index + 1], channels_in=count)
    smaller = copy.deepcopy(network)
    smaller.settings["layers"] = [asdict(layer) for layer in layers]
    smaller.backbone = Backbone(layers)
    smaller.backbone.load(list(weights.values()))
    return smaller


def _depthwise(backbone: Backbone) -> Iterator[int]:
    """Indices of depthwise layers between two convolutions whose outputs nothing else reads."""
    read_elsewhere = {*backbone.taps, *(layer.skip for layer in backbone.layers if layer.kind == "add")}
    for index, (layer, following) in enumerate(itertools.pairwise(backbone.layers)):
        alone = not {index - 1, index} & read_elsewhere
        if layer.kind == "depthwise" and (following.kind, following.kernel) == ("conv", 1) and alone:
            yield index
