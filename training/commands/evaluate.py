"""``evaluate``: average precision of a model or a checkpoint."""

# ruff: noqa: PLC0415  # see commands

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from training.commands.arguments import add_measured, load_predictor, warn

if TYPE_CHECKING:
    from training.commands.arguments import Subparsers

LONGEST = 4096


def add_to(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = subparsers.add_parser("evaluate", help="average precision of any model, or of a checkpoint")
    parser.set_defaults(run=run)
    add_measured(parser)
    parser.add_argument("--negatives", type=Path, help="folder of photos without any such object")
    parser.add_argument("--pictures", type=Path, help="folder for the precision-recall curve and a page of examples")


def run(arguments: argparse.Namespace) -> None:
    """Measures."""
    from training.data import Reading, read_dataset, read_photos
    from training.measuring import false_alarms, measure

    predictor = load_predictor(arguments.model, arguments.threads)
    data = read_dataset(arguments.data, Reading(LONGEST, arguments.model.stem, arguments.format, hold_out=False))
    warn(data.warnings)
    report = measure(predictor, data.val, data.names, arguments.pictures)
    print(f"{arguments.model}: {report.sentence()}")
    if arguments.negatives:
        print(false_alarms(predictor, read_photos(arguments.negatives, LONGEST, []), data.names))
