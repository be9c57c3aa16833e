"""``fit``: photos and labels in, a model with its labels, sidecar and card out."""

# ruff: noqa: PLC0415  # see commands

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from training.commands.arguments import add_format, warn

if TYPE_CHECKING:
    from training.commands.arguments import Subparsers
    from training.data import Dataset
    from training.learning import Checkpoint, Plan

LONGEST = 640


def add_to(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = subparsers.add_parser("fit", help="photos and labels in, models/NAME.tflite out")
    parser.set_defaults(run=run)
    parser.add_argument(
        "data", type=Path, help="folder of labelled photos: YOLO, Ultralytics, darknet, COCO, CVAT or Pascal VOC"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="models/NAME.tflite; labels, sidecar, card go beside it"
    )
    add_format(parser)
    _add_photos(parser)
    _add_plan(parser)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="CPU threads (%(default)s)")
    parser.add_argument("--work", type=Path, help="folder for checkpoint, curve and examples (runs/NAME)")


def _add_photos(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("more photos")
    group.add_argument(
        "--negatives", type=Path, action="append", default=[], help="folder of photos without any such object"
    )
    group.add_argument("--negatives-limit", type=int, help="use only the first N of each --negatives folder, by name")
    group.add_argument("--extra", type=Path, action="append", default=[], help="more labelled photos to learn from")


def _add_plan(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("plan")
    group.add_argument(
        "--start", type=Path, help="checkpoint (.pt), or MobileNet classifier or SSD (.tflite), instead of start.pt"
    )
    group.add_argument("--scratch", action="store_true", help="start from random weights")
    group.add_argument("--minutes", type=float, help="time for the whole run (default: by the number of photos)")
    group.add_argument("--steps", type=int, help="number of batches, in place of --minutes")
    group.add_argument("--batch", type=int, help="images per batch")
    group.add_argument(
        "--rate", type=float, help="maximum learning rate (0.0015; 0.0003 if the start knows all labels)"
    )
    group.add_argument("--backbone-rate", type=float, help="the backbone's, relative to it")
    group.add_argument(
        "--size",
        type=int,
        help="side of the input, pixels, a multiple of 32 (default: 256 to 384, by the boxes' sizes)",
    )
    group.add_argument(
        "--width", type=int, help="channels of the pyramid and the head (64), for a start that does not have these"
    )
    group.add_argument("--seed", type=int, default=0, help="of everything random (%(default)s)")


def run(arguments: argparse.Namespace) -> None:
    """Trains, exports, measures."""
    import torch

    from training.learning import BUNDLED, export, fit

    out: Path = arguments.out
    if out.suffix != ".tflite":
        raise ValueError(f"--out must end in .tflite, not {out.name}")
    work: Path = arguments.work or Path("runs", out.stem)
    dataset = _read(arguments)
    warn(dataset.warnings)
    start = None if arguments.scratch else arguments.start or BUNDLED
    plan = _plan(arguments, dataset, start)
    print(
        f"{len(dataset.train)} photos to learn from, {len(dataset.negatives)} more without objects, "
        f"{len(dataset.val)} to measure on, {plan.steps or plan.minutes} {'steps' if plan.steps else 'minutes'} "
        f"at {plan.size} x {plan.size} pixels, "
        f"starting from {start.name if start else 'random weights'}; progress in {work}/"
    )
    work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    checkpoint = fit(plan, dataset, start, work)
    export(checkpoint, dataset.train, out)
    _report(checkpoint, dataset, out, work, start)


def _read(arguments: argparse.Namespace) -> Dataset:
    """The data set, with the photos of --extra and --negatives."""
    from training.data import Reading, read_dataset, read_photos

    longest = max(LONGEST, 2 * (arguments.size or 0))
    reading = Reading(longest, arguments.out.stem, arguments.format, arguments.seed)
    dataset = read_dataset(arguments.data, reading)
    for folder in arguments.extra:
        extra = read_dataset(folder, replace(reading, format=None))
        if extra.names != dataset.names:
            raise ValueError(f"{folder} has the labels {extra.names}, not {dataset.names}")
        dataset.train.extend([*extra.train, *extra.val])
    for folder in arguments.negatives:
        dataset.negatives += read_photos(folder, longest, dataset.warnings)[: arguments.negatives_limit]
    return dataset


def _plan(arguments: argparse.Namespace, dataset: Dataset, start: Path | None) -> Plan:
    from training.learning import KNOWN_RATE, Plan, knows, size_for, steps_for

    options = ("batch", "rate", "backbone_rate", "seed", "size", "width")
    given = {name: value for name in options if (value := getattr(arguments, name)) is not None}
    given.setdefault("size", size_for(dataset.sides(), arguments.minutes))
    if knows(start, dataset.names):
        given.setdefault("rate", KNOWN_RATE)
    if arguments.minutes and not arguments.steps:
        return Plan(steps=0, minutes=arguments.minutes, **given)
    return Plan(steps=arguments.steps or steps_for(len(dataset.train)), **given)


def _report(checkpoint: Checkpoint, dataset: Dataset, out: Path, work: Path, start: Path | None) -> None:
    """Measures the exported model; writes its default score into the sidecar, and its card."""
    from training.learning import write_card, write_sidecar
    from training.measuring import TflitePredictor, measure

    report = measure(TflitePredictor(out), dataset.val, dataset.names, work)
    if report.default_score is not None:
        write_sidecar(out, score_th=report.default_score)
    card = out.with_suffix(".md")
    card = work / card.name if card.exists() else card
    command = " ".join(["python -m training", *sys.argv[1:]])
    write_card(card, checkpoint, dataset, report, f"{command}\n\nwhich started from {start or 'random weights'}.")
    print(f"{out}: {report.sentence()}\ncard: {card}")
