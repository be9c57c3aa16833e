"""The network that is trained: backbone, pyramid, head, the loss it minimises, and changes that keep its outputs.

Knows tensors only: no photos, files of labels or training runs. Imports no other room.
"""

from training.network.assignment import Truth
from training.network.backbone import Layer, mobilenet_v1
from training.network.equalisation import equalise
from training.network.loss import detection_loss
from training.network.network import LABEL_LAYER, MEAN, STD, Exported, Network, normalise
from training.network.points import STRIDES, points
from training.network.pruning import prune
from training.network.published import read_backbone

__all__ = [
    "LABEL_LAYER",
    "MEAN",
    "STD",
    "STRIDES",
    "Exported",
    "Layer",
    "Network",
    "Truth",
    "detection_loss",
    "equalise",
    "mobilenet_v1",
    "normalise",
    "points",
    "prune",
    "read_backbone",
]
