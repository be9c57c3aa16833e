"""The model card that a run writes; whoever knows more about the data should add to it."""

from __future__ import annotations

from pathlib import Path

from training.checkpoint import Checkpoint
from training.dataset import Dataset
from training.export import write_whole
from training.report import Report

TEXT = """# {name}

Finds: {labels}. Input {size} x {size} px, int8.
Trained by `training/` of this repository; no person has reviewed this card.

| | |
|---|---|
| AP50 on {measured} photos kept apart | {precision:.3f} |
| one invocation, LiteRT, one thread, on the machine that trained it | {milliseconds:.1f} ms |
| photos to learn from | {photos}, {boxes} boxes |
| steps | {steps} of {batch} pictures |

{per_label}
Made with

    {made_with}

Before you publish it, say here where the photos come from and on what terms, where the detector fails, what it is not
for.
"""


def write_card(file: Path, checkpoint: Checkpoint, dataset: Dataset, report: Report, made_with: str) -> None:
    """Writes the card of a finished run; `made_with` is its command, and what else is to be known of it."""
    lines = []
    for name, one in report.curves.items():
        precision, recall = report.at(name, report.best_score)
        above = f"above score {report.best_score:g} precision {precision:.2f}, recall {recall:.2f}"
        lines.append(f"- {name}: AP50 {one.average_precision:.3f}; {above}")
    if report.default_score is not None:
        lines.append(f"\nRequests that state no score have {report.default_score:g}, which served these photos best.")
    text = TEXT.format(
        name=file.stem,
        labels=", ".join(checkpoint.names),
        size=checkpoint.settings["size"],
        measured=report.photos,
        precision=report.average_precision,
        milliseconds=report.invoke_ms,
        photos=len(dataset.train),
        boxes=sum(len(photo.class_ids) for photo in dataset.train),
        steps=checkpoint.step,
        batch=checkpoint.plan["batch"],
        per_label="\n".join(lines) + "\n",
        made_with=made_with,
    )
    write_whole(file, text.encode())
