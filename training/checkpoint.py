"""Training state on disk: written whole or not at all, so that a killed run goes on from its last epoch."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from training.backbone import Layer
from training.network import Detector

LAST = ("score.weight", "score.bias")  # the layer whose shape depends on the labels


@dataclass
class Checkpoint:
    """Everything a run needs to go on, and an export needs to begin.

    Attributes:
        settings: what builds the `Detector` again.
        names: labels, in class order.
        plan: what was asked for (steps, batch, seed, …); a run goes on only with the same plan.
        step: steps done.
        average: state of the averaged network, the one that is exported.
        network: state of the network in training; empty in what other runs start from.
        optimiser: the optimiser's state; empty there, too.
        history: one row an epoch: step, losses, average precision.
    """

    settings: dict[str, Any]
    names: list[str]
    plan: dict[str, Any]
    step: int
    average: dict[str, Any]
    network: dict[str, Any] = field(default_factory=dict)
    optimiser: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)

    def save(self, file: Path) -> None:
        """Writes the file beside its place, then moves it there."""
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.{os.getpid()}")
        torch.save(asdict(self), fresh)
        fresh.replace(file)

    @classmethod
    def load(cls, file: Path) -> Checkpoint:
        """Reads a file written by `save`; only tensors and plain values are let in."""
        return cls(**torch.load(file, map_location="cpu", weights_only=True))

    def start(self) -> Checkpoint:
        """What runs for other labels can start from: the averaged network in half precision, without its last layer."""
        average = {
            name: value.half() if value.is_floating_point() else value
            for name, value in self.average.items()
            if name not in LAST
        }
        return Checkpoint(self.settings, self.names, self.plan, self.step, average)

    @property
    def layers(self) -> list[Layer]:
        """The backbone's layers."""
        return [Layer(**layer) for layer in self.settings["layers"]]

    def detector(self) -> Detector:
        """The averaged network, in evaluation mode."""
        detector = Detector(**{**self.settings, "layers": self.layers})
        detector.load_state_dict(self.average)
        return detector.eval()
