"""The places that facts about a model come from."""

from dataclasses import dataclass
from typing import Literal

# What the file's own tensors and operations show, what its metadata says, the file of labels or the sidecar beside it,
# or what is always so in its family.
Source = Literal["file", "metadata", "label_file", "sidecar", "family"]

Weights = Literal["file", "repaired"]  # `repaired` where the file's could not be run as they are


@dataclass(frozen=True, slots=True)
class Sources:
    """The places that the facts about a model came from."""

    family: Source
    labels: Source
    normalisation: Source
    weights: Weights
