"""The origins of facts about a model."""

from dataclasses import dataclass
from typing import Literal

# The file's own tensors and operations, its metadata, the label file or the sidecar beside it, or its family.
Source = Literal["file", "metadata", "label_file", "sidecar", "family"]

Weights = Literal["file", "repaired"]  # `repaired` where the file's could not be run as they are


@dataclass(frozen=True, slots=True)
class Sources:
    """The origins of the facts about a model."""

    family: Source
    labels: Source
    normalisation: Source
    weights: Weights
