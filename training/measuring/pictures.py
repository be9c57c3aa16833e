"""Pictures of a run: the loss curve, the precision-recall curve and a page of examples."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from detector.boxes import Candidates
from training.data import FOUND, LABELLED, PHOTOS_PER_PAGE, Mark, Photo, draw_tile, join_tiles, to_jpeg
from training.files import replace_file
from training.measuring.precision import Curve

mpl.use("Agg")

SHOWN_SCORE = 0.3


def draw_history(history: list[dict[str, float]], file: Path) -> None:
    """Draws losses and average precision over the steps, as PNG."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    losses = figure.add_subplot()
    steps = [row["step"] for row in history]
    for name in ("scores", "boxes"):
        losses.plot(steps, [row[name] for row in history], label=f"loss: {name}")
    losses.set(xlabel="step", ylabel="loss", ylim=(0, None))
    precision = losses.twinx()
    precision.plot(steps, [row["ap50"] for row in history], color="black", label="AP50 on val")
    precision.set(ylabel="AP50", ylim=(0, 1))
    figure.legend(loc="outside upper center", ncols=3)
    _write(figure, file)


def draw_curves(curves: dict[str, Curve], title: str, file: Path) -> None:
    """Draws precision over recall, one line per label, as PNG; a dot marks score 0.5."""
    figure = Figure(figsize=(5.5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for name, curve in curves.items():
        axes.plot(curve.recall, curve.precision, label=f"{name}: AP50 {curve.average_precision:.3f}")
        above = int((curve.scores > 0.5).sum())
        if above:
            axes.plot(curve.recall[above - 1], curve.precision[above - 1], "o", color="black")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title=title)
    axes.grid(alpha=0.3)
    if curves:
        axes.legend(loc="lower left")
    _write(figure, file)


def draw_page(photos: list[Photo], found: list[Candidates], names: list[str], file: Path) -> None:
    """Draws some of the photos with the boxes found (green, with score) and labelled (white), as JPEG."""
    order = np.argsort([not photo.objects for photo in photos], kind="stable")
    count = min(PHOTOS_PER_PAGE, len(order))
    if count:
        chosen = order[np.linspace(0, len(order) - 1, count).astype(int)]
        replace_file(file, to_jpeg(join_tiles([draw_example(photos[index], found[index], names) for index in chosen])))


def draw_example(photo: Photo, found: Candidates, names: list[str]) -> NDArray[np.uint8]:
    """A tile with the boxes found (green, with score) and labelled (white)."""
    height, width = photo.pixels.shape[:2]
    shown = found.take(found.scores >= SHOWN_SCORE)
    marks = [Mark(box, LABELLED) for box in photo.boxes_xyxy]
    for box, score, class_id in zip(shown.boxes_xyxy, shown.scores, shown.class_ids, strict=True):
        text = f"{score:.2f}" if len(names) == 1 else f"{names[class_id]} {score:.2f}"
        marks.append(Mark(box * np.array([width, height, width, height]), FOUND, text))
    return draw_tile(photo.pixels, marks)


def _write(figure: Figure, file: Path) -> None:
    png = io.BytesIO()
    figure.savefig(png, dpi=80, format="png")
    replace_file(file, png.getvalue())
