"""Makes a network easier to quantise (Nagel et al., arXiv 1906.04721, section 4.1: cross-layer equalisation).

A tensor has one quantisation step for all channels, too coarse for those with a small range. Outputs between the blocks
of a MobileNet v2 are not clipped: scaling their channels to the same range, and the kernels that read them back, leaves
the network's outputs unchanged.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.network.backbone import Backbone
from training.network.network import Network

MIN_SCALE = 1 / 64  # for channels that are almost constant


@torch.no_grad()
def equalise(network: Network, images: list[Tensor]) -> None:
    """Scales channels between blocks of the backbone, in place.

    The bundled detector has AP50 0.879 with it and 0.869 without, of 0.885 before quantisation; with so few photos that
    may be half chance.

    Args:
        network: a network with folded batch norms.
        images: [1, 3, S, S] each, normalised: the ranges are measured on these.
    """
    backbone = network.backbone
    group = _groups(backbone)
    peaks = _peaks(backbone, group, images)
    scales = {number: (peak / peak.max()).clamp(min=MIN_SCALE) for number, peak in peaks.items()}
    convolutions = iter(backbone.convolutions)
    for index, layer in enumerate(backbone.layers):
        if layer.kind == "add":
            continue
        convolution = next(convolutions)
        if index and group[index - 1] in scales:
            along = (-1, 1, 1, 1) if layer.kind == "depthwise" else (1, -1, 1, 1)
            convolution.weight *= scales[group[index - 1]].view(along)
        if group[index] in scales:
            convolution.weight /= scales[group[index]].view(-1, 1, 1, 1)
            convolution.bias /= scales[group[index]]
    for tap, lateral in zip(backbone.taps, network.lateral, strict=True):
        if group[tap] in scales:
            lateral[0].weight *= scales[group[tap]].view(1, -1, 1, 1)


def _groups(backbone: Backbone) -> list[int]:
    """The group of each layer: layers whose outputs are added share a group, and so a scale."""
    group = list(range(len(backbone.layers)))
    for index, layer in enumerate(backbone.layers):
        if layer.kind == "add":
            joined = {group[index - 1], group[layer.skip]}
            group = [index if number in joined else number for number in group]
    return group


def _peaks(backbone: Backbone, group: list[int], images: list[Tensor]) -> dict[int, Tensor]:
    """Largest absolute value per channel of outputs that are not clipped, by group."""
    peaks: dict[int, Tensor] = {}
    for image in images:
        for index, output in enumerate(backbone.outputs(image)):
            if not backbone.layers[index].relu6:
                peak = output.abs().amax((0, 2, 3))
                peaks[group[index]] = torch.maximum(peaks.get(group[index], peak), peak)
    return peaks
