"""``start``: a checkpoint in, a start for runs with other labels out."""

# ruff: noqa: PLC0415  # see commands

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.commands.arguments import Subparsers


def add_to(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = subparsers.add_parser("start", help="a checkpoint in, a start for runs with other labels out")
    parser.set_defaults(run=run)
    parser.add_argument("checkpoint", type=Path, help="runs/NAME/checkpoint.pt")
    parser.add_argument("--out", type=Path, required=True, help="FILE.pt, for --start")
    parser.add_argument(
        "--label", action="append", help="a label that it has learnt well (default: all); may be repeated"
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes the start."""
    from training.learning import Checkpoint

    Checkpoint.load(arguments.checkpoint).start(arguments.label).save(arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.2f} MB")
