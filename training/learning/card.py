"""The model card that a run writes; people who know the data should complete it."""

from __future__ import annotations

from pathlib import Path

from training.data import Dataset
from training.files import replace_file
from training.learning.checkpoint import Checkpoint
from training.measuring import Report

TEXT = """# {name}

Finds: {labels}. Input {size} x {size} px, int8.
Trained by `training/` of this repository; no person has reviewed this card.

| | |
|---|---|
| AP50 on {measured} held-out photos | {precision:.3f} |
| one image of the input's size, LiteRT, one thread, on the machine that trained it | {milliseconds:.1f} ms |
| photos to learn from | {photos}, {boxes} boxes |
| steps | {steps} of {batch} images |

{per_label}
Made with

    {made_with}

Before you publish it, add where the photos come from and on what terms, where the detector fails, and what it is not
for.
"""


def write_card(file: Path, checkpoint: Checkpoint, dataset: Dataset, report: Report, made_with: str) -> None:
    """Writes the card of a finished run; `made_with` is its command and its start."""
    lines = []
    for name, one in report.curves.items():
        precision, recall = report.at(name, report.best_score)
        above = f"above score {report.best_score:g} precision {precision:.2f}, recall {recall:.2f}"
        lines.append(f"- {name}: AP50 {one.average_precision:.3f}; {above}")
    if report.default_score is not None:
        lines.append(f"\nRequests without a score use {report.default_score:g}, which has the best F1 on these photos.")
    text = TEXT.format(
        name=file.stem,
        labels=", ".join(checkpoint.names),
        size=checkpoint.settings["size"],
        measured=report.photos,
        precision=report.average_precision,
        milliseconds=report.milliseconds,
        photos=len(dataset.train),
        boxes=sum(photo.objects for photo in dataset.train),
        steps=checkpoint.step,
        batch=checkpoint.plan["batch"],
        per_label="\n".join(lines) + "\n",
        made_with=made_with,
    )
    replace_file(file, text.encode())
