"""``robustness``: a model's figures by the object's size and by the light."""

# ruff: noqa: PLC0415  # see commands

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from training.commands.arguments import add_measured, load_predictor

if TYPE_CHECKING:
    from training.commands.arguments import Subparsers

LONGEST = 4096


def add_to(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "robustness", aliases=["limits"], help="where a model fails: by the object's size and by the light"
    )
    parser.set_defaults(run=run)
    add_measured(parser)
    parser.add_argument("--picture", type=Path, help="draw scenes with the boxes found here (JPEG); for cones")


def run(arguments: argparse.Namespace) -> None:
    """Measures by size and by light."""
    from training.data import Reading, read_dataset
    from training.measuring import draw_robustness, precision_by_light, recall_by_height

    predictor = load_predictor(arguments.model, arguments.threads)
    data = read_dataset(arguments.data, Reading(LONGEST, arguments.model.stem, arguments.format, hold_out=False))
    for low, high, found, boxes in recall_by_height(predictor, data.val, data.names):
        print(f"height {low:.2f} to {high:.2f} of the photo: {found} of {boxes} found")
    for exposure, precision in precision_by_light(predictor, data.val, data.names):
        print(f"light x {exposure:g}: AP50 {precision:.3f}")
    if arguments.picture:
        draw_robustness(predictor, data.names, arguments.picture)
