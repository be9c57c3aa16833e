"""``example``: the example photo, or a folder of such scenes with labels."""

# ruff: noqa: PLC0415  # see commands

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.commands.arguments import Subparsers


def add_to(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = subparsers.add_parser("example", help="draw the example photo, or a folder of such scenes with labels")
    parser.set_defaults(run=run)
    parser.add_argument("--out", type=Path, required=True, help="FILE.jpg, or with --count a folder")
    parser.add_argument("--seed", type=int, default=2, help="of the scene, or of the first one (%(default)s)")
    parser.add_argument("--count", type=int, help="number of scenes with YOLO labels, to train on")
    parser.add_argument("--max-bytes", type=int, default=8000, help="maximum size of the file (%(default)s)")


def run(arguments: argparse.Namespace) -> None:
    """Draws."""
    from training.scenes import write_example, write_scenes

    if arguments.count:
        write_scenes(arguments.out, arguments.seed, arguments.count)
    else:
        write_example(arguments.out, arguments.seed, arguments.max_bytes)
