"""``export``: a checkpoint in, a model with its labels and sidecar out."""

# ruff: noqa: PLC0415  # see commands

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.commands.arguments import Subparsers


def add_to(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = subparsers.add_parser("export", help="a checkpoint in, models/NAME.tflite out")
    parser.set_defaults(run=run)
    parser.add_argument("checkpoint", type=Path, help="runs/NAME/checkpoint.pt")
    parser.add_argument("data", type=Path, help="the folder it was trained on: its photos calibrate the int8 ranges")
    parser.add_argument("--out", type=Path, required=True, help="models/NAME.tflite")
    parser.add_argument("--float", dest="float_out", type=Path, help="also write the network unquantised here")


def run(arguments: argparse.Namespace) -> None:
    """Exports."""
    from training.data import Reading, read_dataset
    from training.learning import Checkpoint, export, export_float

    checkpoint = Checkpoint.load(arguments.checkpoint)
    dataset = read_dataset(arguments.data, Reading(single_name=arguments.out.stem))
    export(checkpoint, dataset.train, arguments.out)
    if arguments.float_out:
        export_float(checkpoint, arguments.float_out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.2f} MB")
