"""The command line: ``python -m training fit DATA --out models/NAME.tflite``."""

# ruff: noqa: PLC0415  # a command imports what it needs: `--help` and `example` do without PyTorch

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from training.plan import Plan

START = Path(__file__).with_name("start.pt")
LONGEST = 640


def main(words: list[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    arguments = _parser().parse_args(words)
    try:
        status: int = arguments.run(arguments)
    except (FileNotFoundError, ValueError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ntraining: stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training", description="Trains and measures a detector for the service."
    )
    commands = parser.add_subparsers(required=True)
    cores = os.cpu_count() or 1

    fit = commands.add_parser("fit", help="photos and labels in, models/NAME.tflite out")
    fit.add_argument(
        "data", type=Path, help="folder with images/ and labels/ (YOLO txt), or with train/ and val/ of both"
    )
    fit.add_argument("--out", type=Path, required=True, help="models/NAME.tflite; NAME.txt, .yml and .md go beside it")
    fit.add_argument(
        "--negatives", type=Path, action="append", default=[], help="folder of photos without any such object"
    )
    fit.add_argument(
        "--negatives-limit", type=int, help="use only the first so many of each --negatives folder, by name"
    )
    fit.add_argument("--extra", type=Path, action="append", default=[], help="more photos and labels to learn from")
    fit.add_argument(
        "--start",
        type=Path,
        default=START,
        help="checkpoint (.pt), or MobileNet classifier or SSD (.tflite), to start from (training/start.pt)",
    )
    fit.add_argument("--scratch", action="store_true", help="start from random weights")
    fit.add_argument("--steps", type=int, help="batches to learn from (default: by the number of photos)")
    fit.add_argument("--batch", type=int, default=Plan.batch, help="pictures a batch (%(default)s)")
    fit.add_argument("--rate", type=float, default=Plan.rate, help="highest learning rate (%(default)s)")
    fit.add_argument(
        "--backbone-rate",
        type=float,
        default=Plan.backbone_rate,
        help="the part of it at which the backbone learns (%(default)s)",
    )
    fit.add_argument(
        "--size", type=int, default=Plan.size, help="side of the input, pixels, a multiple of 32 (%(default)s)"
    )
    fit.add_argument("--seed", type=int, default=Plan.seed, help="of everything left to chance (%(default)s)")
    fit.add_argument("--threads", type=int, default=cores, help="CPU threads (%(default)s)")
    fit.add_argument("--work", type=Path, help="checkpoint, curve and pages go here (runs/NAME)")
    fit.set_defaults(run=_fit)

    export = commands.add_parser("export", help="a checkpoint in, models/NAME.tflite out")
    export.add_argument("checkpoint", type=Path, help="runs/NAME/checkpoint.pt")
    export.add_argument("data", type=Path, help="the folder it was trained on: its photos calibrate the int8 ranges")
    export.add_argument("--out", type=Path, required=True, help="models/NAME.tflite")
    export.add_argument("--float", dest="float_out", type=Path, help="also write the network unquantised here")
    export.set_defaults(run=_export)

    start = commands.add_parser("start", help="a checkpoint in, what runs for other labels start from out")
    start.add_argument("checkpoint", type=Path, help="runs/NAME/checkpoint.pt")
    start.add_argument("--out", type=Path, required=True, help="FILE.pt, for --start")
    start.set_defaults(run=_start)

    evaluate = commands.add_parser("evaluate", help="average precision of a .tflite file or a checkpoint")
    evaluate.add_argument("model", type=Path, help="NAME.tflite or checkpoint.pt")
    evaluate.add_argument("data", type=Path, help="folder with images/ and labels/, or with val/ of both")
    evaluate.add_argument("--negatives", type=Path, help="folder of photos without any such object")
    evaluate.add_argument("--pictures", type=Path, help="write the precision-recall curve and a page of examples here")
    evaluate.add_argument("--threads", type=int, default=1, help="CPU threads (%(default)s)")
    evaluate.set_defaults(run=_evaluate)

    limits = commands.add_parser("limits", help="where a model fails: by size and by light")
    limits.add_argument("model", type=Path, help="NAME.tflite or checkpoint.pt")
    limits.add_argument("data", type=Path, help="folder with images/ and labels/, or with val/ of both")
    limits.add_argument("--picture", type=Path, help="write drawn scenes with the findings here (JPEG); for cones")
    limits.add_argument("--threads", type=int, default=1, help="CPU threads (%(default)s)")
    limits.set_defaults(run=_limits)

    example = commands.add_parser("example", help="draw the example photo, or a folder of such scenes with labels")
    example.add_argument("--out", type=Path, required=True, help="FILE.jpg, or with --count a folder")
    example.add_argument("--seed", type=int, default=2, help="which scene, or the first of them (%(default)s)")
    example.add_argument("--count", type=int, help="so many scenes with YOLO labels, for training")
    example.add_argument("--most-bytes", type=int, default=8000, help="the file's largest size (%(default)s)")
    example.set_defaults(run=_example)
    return parser


def _fit(arguments: argparse.Namespace) -> int:
    import torch

    from training import dataset as reading
    from training.card import write_card
    from training.evaluate import Model
    from training.export import export, write_sidecar
    from training.fit import fit
    from training.plan import steps_for
    from training.report import measure

    if arguments.out.suffix != ".tflite":
        raise ValueError(f"--out must end in .tflite, not {arguments.out.name}")
    name = arguments.out.stem
    work = arguments.work or Path("runs", name)
    longest = max(LONGEST, 2 * arguments.size)
    dataset = reading.read_dataset(arguments.data, longest, name, arguments.seed)
    for folder in arguments.extra:
        extra = reading.read_dataset(folder, longest, name, arguments.seed)
        if extra.names != dataset.names:
            raise ValueError(f"{folder} has the labels {extra.names}, not {dataset.names}")
        dataset.train.extend([*extra.train, *extra.val])
    for folder in arguments.negatives:
        dataset.negatives += reading.read_photos(folder, longest, dataset.warnings)[: arguments.negatives_limit]
    _warn(dataset.warnings)
    start = None if arguments.scratch else arguments.start
    beginning = start.name if start else "random weights"
    plan = Plan(
        steps=arguments.steps or steps_for(len(dataset.train)),
        batch=arguments.batch,
        rate=arguments.rate,
        backbone_rate=arguments.backbone_rate,
        seed=arguments.seed,
        size=arguments.size,
    )
    print(
        f"{len(dataset.train)} photos to learn from, {len(dataset.negatives)} more without objects, "
        f"{len(dataset.val)} to measure on, {plan.steps} steps, "
        f"starting from {beginning}; progress in {work}/"
    )
    work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    checkpoint = fit(plan, dataset, start, work)
    export(checkpoint, dataset.train, arguments.out)
    report = measure(Model(arguments.out), dataset.val, dataset.names, work)
    if report.default_score is not None:
        write_sidecar(arguments.out, score_th=report.default_score)
    card = arguments.out.with_suffix(".md")
    card = work / card.name if card.exists() else card
    command = " ".join(["python -m training", *sys.argv[1:]])
    write_card(card, checkpoint, dataset, report, f"{command}\n\nwhich started from {beginning}.")
    print(f"{arguments.out}: {report.sentence()}\ncard: {card}")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from training.checkpoint import Checkpoint
    from training.dataset import read_dataset
    from training.export import export, export_float

    checkpoint = Checkpoint.load(arguments.checkpoint)
    dataset = read_dataset(arguments.data, LONGEST, arguments.out.stem)
    export(checkpoint, dataset.train, arguments.out)
    if arguments.float_out:
        export_float(checkpoint, arguments.float_out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.2f} MB")
    return 0


def _start(arguments: argparse.Namespace) -> int:
    from training.checkpoint import Checkpoint

    Checkpoint.load(arguments.checkpoint).start().save(arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.2f} MB")
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    from training import dataset as reading
    from training.evaluate import load
    from training.report import measure, quiet_sentence

    predictor, names = load(arguments.model, arguments.threads)
    data = reading.read_dataset(arguments.data, 4096, arguments.model.stem)
    _warn(data.warnings)
    report = measure(predictor, data.val, names or data.names, arguments.pictures)
    print(f"{arguments.model}: {report.sentence()}")
    if arguments.negatives:
        print(quiet_sentence(predictor, reading.read_photos(arguments.negatives, 4096, [])))
    return 0


def _limits(arguments: argparse.Namespace) -> int:
    from training import limits
    from training.dataset import read_dataset
    from training.evaluate import load

    model, names = load(arguments.model, arguments.threads)
    data = read_dataset(arguments.data, 4096, arguments.model.stem)
    for low, high, found, boxes in limits.recall_by_height(model, data.val):
        print(f"height {low:.2f} to {high:.2f} of the photo: {found} of {boxes} found above score {limits.SCORE}")
    for exposure, precision in limits.precision_by_light(model, data.val, len(names or data.names)):
        print(f"light x {exposure:g}: AP50 {precision:.3f}")
    if arguments.picture:
        limits.draw_limits(model, names or data.names, arguments.picture)
    return 0


def _example(arguments: argparse.Namespace) -> int:
    from training.example import write_example, write_scenes

    if arguments.count:
        write_scenes(arguments.out, arguments.seed, arguments.count)
    else:
        write_example(arguments.out, arguments.seed, arguments.most_bytes)
    return 0


def _warn(warnings: list[str]) -> None:
    for sentence in warnings:
        print(f"warning: {sentence}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
