"""The network: backbone, feature pyramid, one head for all strides; after FCOS (Tian et al., arXiv 1904.01355)."""

from __future__ import annotations

import copy
import math
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from training.network.backbone import Backbone, Layer
from training.network.points import STRIDES

MEAN = STD = 128.0  # of the input's pixels: the int8 input is pixel - 128
# The layer whose shape depends on the labels.
LABEL_LAYER = ("score.weight", "score.bias")


def normalise(images: Tensor) -> Tensor:
    """The network's input, float32 [B, 3, S, S], of uint8 images [B, S, S, 3]."""
    return (images.permute(0, 3, 1, 2).float() - MEAN) / STD  # channels last, as convolutions like them


class Separable(nn.Sequential):
    """3x3 depthwise and 1x1 convolution, batch norm and ReLU6 after each (MobileNet's block)."""

    def __init__(self, channels_in: int, channels_out: int, stride: int = 1) -> None:
        """Builds the block; `stride` is that of the depthwise layer."""
        super().__init__(
            nn.Conv2d(channels_in, channels_in, 3, stride, 1, groups=channels_in, bias=False),
            nn.BatchNorm2d(channels_in, momentum=0.03),
            nn.ReLU6(),
            nn.Conv2d(channels_in, channels_out, 1, bias=False),
            nn.BatchNorm2d(channels_out, momentum=0.03),
            nn.ReLU6(),
        )


class Network(nn.Module):
    """Predicts scores and distances of every point of a letterboxed image.

    Attributes:
        settings: arguments with which `Network(**settings)` builds this network again.
    """

    def __init__(self, layers: list[Layer], classes: int, size: int, width: int = 64, depth: int = 2) -> None:
        """Builds the network.

        Args:
            layers: the backbone's layers.
            classes: number of labels.
            size: side of the square input, pixels, a multiple of 32.
            width: channels of the pyramid and the head.
            depth: blocks in each of the head's two branches.
        """
        super().__init__()
        if size % STRIDES[-1]:
            raise ValueError(f"the input's side must be a multiple of {STRIDES[-1]}, not {size}")
        self.settings: dict[str, Any] = {
            "layers": [asdict(layer) for layer in layers],
            "classes": classes,
            "size": size,
            "width": width,
            "depth": depth,
        }
        self.backbone = Backbone(layers)
        self.lateral = nn.ModuleList(
            nn.Sequential(nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width, momentum=0.03))
            for channels in self.backbone.channels
        )
        self.smooth = nn.ModuleList(Separable(width, width) for _ in STRIDES)
        self.down = nn.ModuleList(Separable(width, width, stride=2) for _ in STRIDES[1:])
        self.score_branch = nn.Sequential(*(Separable(width, width) for _ in range(depth)))
        self.distance_branch = nn.Sequential(*(Separable(width, width) for _ in range(depth)))
        self.score = nn.Conv2d(width, classes, 1)
        self.distance = nn.Conv2d(width, 4, 1)
        self.reach = nn.Parameter(torch.ones(len(STRIDES)))
        nn.init.normal_(self.score.weight, std=0.01)
        # Every point starts at probability 0.01 (Lin et al., Focal Loss, arXiv 1708.02002, section 3.3).
        nn.init.constant_(self.score.bias, -math.log(99))  # type: ignore[arg-type]  # a Conv2d with a bias has one
        nn.init.normal_(self.distance.weight, std=0.01)
        nn.init.constant_(self.distance.bias, 2.0)  # type: ignore[arg-type]  # likewise

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Predicts logits and distances.

        Args:
            images: float32 [B, 3, S, S], normalised.

        Returns:
            Logits [B, N, classes] and distances [B, N, 4]: left, top, right, bottom, 0 or more strides.
        """
        logits, distances = [], []
        for level, features in enumerate(self._pyramid(images)):
            score = self.score(self.score_branch(features))
            distance = self.distance(self.distance_branch(features)) * self.reach[level]
            logits.append(score.permute(0, 2, 3, 1).flatten(1, 2))
            distances.append(distance.permute(0, 2, 3, 1).flatten(1, 2))
        return torch.cat(logits, 1), torch.cat(distances, 1).relu()

    def _pyramid(self, images: Tensor) -> list[Tensor]:
        """Top down (Lin et al., arXiv 1612.03144), then bottom up again (Liu et al., PANet, arXiv 1803.01534)."""
        features = [lateral(f) for lateral, f in zip(self.lateral, self.backbone(images), strict=True)]
        for level in range(len(STRIDES) - 2, -1, -1):
            above = nn.functional.interpolate(features[level + 1], scale_factor=2.0, mode="nearest")
            features[level] = features[level] + above
        features = [smooth(f) for smooth, f in zip(self.smooth, features, strict=True)]
        for level, down in enumerate(self.down):
            features[level + 1] = features[level + 1] + down(features[level])
        return features


class Exported(nn.Module):
    """The network as the service runs it: [1, S, S, 3] in, probabilities and distances out."""

    def __init__(self, network: Network) -> None:
        """Copies the network and folds its batch norms into the convolutions."""
        super().__init__()
        self.network = fold(network)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities [1, N, classes] and distances [1, N, 4] of images [1, S, S, 3]."""
        logits, distances = self.network(images.permute(0, 3, 1, 2))
        return torch.sigmoid(logits), distances


def fold(network: Network) -> Network:
    """A copy for inference: each batch norm becomes part of the convolution before it."""
    folded = copy.deepcopy(network).eval()
    for module in list(folded.modules()):
        if isinstance(module, nn.Sequential):
            _fold_sequence(module)
    return folded


def _fold_sequence(sequence: nn.Sequential) -> None:
    for index in range(len(sequence) - 1):
        convolution, norm = sequence[index], sequence[index + 1]
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            sequence[index] = nn.utils.fuse_conv_bn_eval(convolution, norm)
            sequence[index + 1] = nn.Identity()
