"""Training state on disk, from which a stopped run resumes."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from training.files import replace_file
from training.network import LABEL_LAYER, Layer, Network


@dataclass
class Checkpoint:
    """Everything that a run needs to resume and an export needs to start.

    Attributes:
        settings: arguments of `Network`.
        names: labels, in class order.
        plan: the run's plan; a run resumes only with the same plan.
        step: steps done.
        average: state of the averaged network, which is exported.
        network: state of the network in training; empty in a start for other runs.
        optimiser: state of the optimiser; empty in a start for other runs.
        history: one row per epoch: step, losses, average precision.
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
        """Writes the file."""
        content = io.BytesIO()
        torch.save(asdict(self), content)
        replace_file(file, content.getvalue())

    @classmethod
    def load(cls, file: Path) -> Checkpoint:
        """Reads a file written by `save`; it may hold tensors and plain values only."""
        return cls(**torch.load(file, map_location="cpu", weights_only=True))

    def start(self, labels: list[str] | None = None) -> Checkpoint:
        """A start for other runs: the averaged network in half precision.

        Args:
            labels: those that the start is to know; None for all. Of the others only the network's features stay.

        Raises:
            ValueError: the checkpoint does not know one of the labels.
        """
        names = self.names if labels is None else labels
        if unknown := sorted({*names} - {*self.names}):
            raise ValueError(f"the checkpoint does not know {', '.join(unknown)}: it knows {', '.join(self.names)}")
        average = {name: value.half() if value.is_floating_point() else value for name, value in self.average.items()}
        rows = [self.names.index(name) for name in names]
        average |= {name: average[name][rows] for name in LABEL_LAYER}
        return Checkpoint({**self.settings, "classes": len(names)}, names, self.plan, self.step, average)

    @property
    def layers(self) -> list[Layer]:
        """The backbone's layers."""
        return [Layer(**layer) for layer in self.settings["layers"]]

    def averaged(self) -> Network:
        """The averaged network, in evaluation mode."""
        network = Network(**{**self.settings, "layers": self.layers})
        network.load_state_dict(self.average)
        return network.eval()
