"""``label``: photos and models in, a COCO file with what the models find out; to teach a model what others know."""

# ruff: noqa: PLC0415  # see commands

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from training.commands.arguments import load_predictor

if TYPE_CHECKING:
    from training.commands.arguments import Subparsers

LONGEST = 1280


def add_to(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = subparsers.add_parser("label", help="photos and models in, a COCO file with what the models find out")
    parser.set_defaults(run=run)
    parser.add_argument("photos", type=Path, help="folder of photos")
    parser.add_argument("models", type=Path, nargs="+", help="models that the service can serve, or checkpoints")
    parser.add_argument("--out", type=Path, required=True, help="FILE.json")
    parser.add_argument("--label", action="append", help="only this label, which may be repeated (default: all)")
    parser.add_argument("--sure", type=float, default=0.4, help="mean score of an object (%(default)s)")
    parser.add_argument(
        "--doubtful", type=float, default=0.12, help="mean score from which on a box is to be ignored (%(default)s)"
    )
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (%(default)s)")


def run(arguments: argparse.Namespace) -> None:
    """Labels."""
    from training.data import read_photos
    from training.files import replace_file
    from training.measuring import label_photos, to_coco

    predictors = [load_predictor(model, arguments.threads) for model in arguments.models]
    names = arguments.label or [*dict.fromkeys(label for predictor in predictors for label in predictor.labels)]
    photos = read_photos(arguments.photos, LONGEST, [])
    labelled = label_photos(predictors, photos, names)
    content = to_coco(photos, labelled, names, arguments.sure, arguments.doubtful)
    replace_file(arguments.out, json.dumps(content).encode())
    sure = sum(not annotation["iscrowd"] for annotation in content["annotations"])
    print(f"{arguments.out}: {len(photos)} photos, {sure} objects, {len(content['annotations']) - sure} doubtful boxes")
