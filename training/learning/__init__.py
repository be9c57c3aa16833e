"""Learning: from photos and a start to a checkpoint, and from a checkpoint to a model with labels, sidecar and card.

Uses the rooms data, network and measuring.
"""

from training.learning.card import write_card
from training.learning.checkpoint import Checkpoint
from training.learning.loop import fit
from training.learning.plan import KNOWN_RATE, Plan, size_for, steps_for
from training.learning.start import BUNDLED, initial_network, knows
from training.learning.tflite_export import export, export_float, write_sidecar

__all__ = [
    "BUNDLED",
    "KNOWN_RATE",
    "Checkpoint",
    "Plan",
    "export",
    "export_float",
    "fit",
    "initial_network",
    "knows",
    "size_for",
    "steps_for",
    "write_card",
    "write_sidecar",
]
