"""Making a network easier to quantise (Nagel et al., arXiv 1906.04721, section 4.1: cross-layer equalisation).

A tensor is stored in steps that suit its loudest channel, and quiet channels are left with few of them. What goes from
block to block of a MobileNet v2 is not clipped: its channels can be scaled to be equally loud, and the kernels that
read them scaled back, and the network computes what it did.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.backbone import Backbone
from training.network import Detector

LEAST_SCALE = 1 / 64  # of a channel that is next to silent


@torch.no_grad()
def equalise(detector: Detector, pictures: list[Tensor]) -> None:
    """Scales channels between blocks of the backbone, in place.

    The bundled detector has AP50 0.879 with it and 0.869 without, of 0.885 before quantisation; with so few photos that
    may be half chance.

    Args:
        detector: one with its batch norms folded.
        pictures: [1, 3, S, S] each, normalised, that show how loud channels are.
    """
    backbone = detector.backbone
    group = _groups(backbone)
    peaks = _peaks(backbone, group, pictures)
    scales = {number: (peak / peak.max()).clamp(min=LEAST_SCALE) for number, peak in peaks.items()}
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
    for tap, lateral in zip(backbone.taps, detector.lateral, strict=True):
        if group[tap] in scales:
            lateral[0].weight *= scales[group[tap]].view(1, -1, 1, 1)


def _groups(backbone: Backbone) -> list[int]:
    """For each layer a number that those have in common whose outputs are added, so that they need one scale."""
    group = list(range(len(backbone.layers)))
    for index, layer in enumerate(backbone.layers):
        if layer.kind == "add":
            joined = {group[index - 1], group[layer.skip]}
            group = [index if number in joined else number for number in group]
    return group


def _peaks(backbone: Backbone, group: list[int], pictures: list[Tensor]) -> dict[int, Tensor]:
    """How loud the channels get, by group, of outputs that are not clipped."""
    peaks: dict[int, Tensor] = {}
    for picture in pictures:
        for index, output in enumerate(backbone.outputs(picture)):
            if not backbone.layers[index].relu6:
                peak = output.abs().amax((0, 2, 3))
                peaks[group[index]] = torch.maximum(peaks.get(group[index], peak), peak)
    return peaks
