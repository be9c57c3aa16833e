"""Arguments that several commands have, and messages that several commands print."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

SHOWN_PER_KIND = 5

if TYPE_CHECKING:
    from training.measuring import Predictor

    Subparsers: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # has no public name


def add_measured(parser: argparse.ArgumentParser) -> None:
    """Adds what is measured, on which photos, and with how many threads."""
    parser.add_argument("model", type=Path, help="any NAME.tflite that the service can serve, or a checkpoint.pt")
    parser.add_argument("data", type=Path, help="folder of labelled photos; its val part, or all of it if it has none")
    add_format(parser)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (%(default)s)")


def add_format(parser: argparse.ArgumentParser) -> None:
    """Adds the format of the data set."""
    parser.add_argument("--format", help="read this format only: ultralytics, darknet, coco, cvat, yolo or voc")


def load_predictor(file: Path, threads: int) -> Predictor:
    """Loads a .tflite file or a checkpoint."""
    import torch  # noqa: PLC0415  # see commands

    from training.learning import Checkpoint  # noqa: PLC0415
    from training.measuring import TflitePredictor, TorchPredictor  # noqa: PLC0415

    if file.suffix == ".tflite":
        return TflitePredictor(file, threads)
    torch.set_num_threads(threads)
    checkpoint = Checkpoint.load(file)
    return TorchPredictor(checkpoint.averaged(), checkpoint.names)


def warn(sentences: Iterable[str]) -> None:
    """Prints warnings to standard error, the first of each kind."""
    shown: Counter[str] = Counter()
    for sentence in dict.fromkeys(sentences):
        kind = sentence.rpartition(": ")[2]
        shown[kind] += 1
        if shown[kind] <= SHOWN_PER_KIND:
            print(f"warning: {sentence}", file=sys.stderr)
    for kind, count in shown.items():
        if count > SHOWN_PER_KIND:
            print(f"warning: {count - SHOWN_PER_KIND} more: {kind}", file=sys.stderr)
