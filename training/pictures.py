"""Pictures of a run: the loss curve, a page of example detections, and the precision-recall curve."""

from __future__ import annotations

from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.dataset import Photo
from training.geometry import letterbox
from training.measure import Curve, Found

mpl.use("Agg")

ON_PAGE = 24
ACROSS = 6
SIDE = 240
SHOWN_SCORE = 0.3
FOUND_COLOUR, WANTED_COLOUR = (40, 220, 40), (255, 255, 255)


def draw_history(history: list[dict[str, float]], file: Path) -> None:
    """Losses and average precision over the steps, as PNG."""
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
    """Precision over recall, one line a class, as PNG; a dot marks score 0.5."""
    figure = Figure(figsize=(5.5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for name, curve in curves.items():
        axes.plot(curve.recall, curve.precision, label=f"{name}: AP50 {curve.average_precision:.3f}")
        above = int((curve.scores > 0.5).sum())
        if above:
            axes.plot(curve.recall[above - 1], curve.precision[above - 1], "o", color="black")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title=title)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left")
    _write(figure, file)


def draw_page(photos: list[Photo], found: list[Found], names: list[str], file: Path) -> None:
    """Some of the photos with what was found (green, with score) and what was wanted (white), as JPEG."""
    order = np.argsort([not len(photo.class_ids) for photo in photos], kind="stable")
    chosen = order[np.linspace(0, len(order) - 1, min(ON_PAGE, len(order))).astype(int)] if len(order) else []
    tiles = [draw_tile(photos[index], found[index], names) for index in chosen]
    if not tiles:
        return
    while len(tiles) % ACROSS:
        tiles.append(np.zeros((SIDE, SIDE, 3), np.uint8))
    page = np.vstack([np.hstack(tiles[row : row + ACROSS]) for row in range(0, len(tiles), ACROSS)])
    write_jpeg(page, file)


def draw_tile(photo: Photo, found: Found, names: list[str]) -> NDArray[np.uint8]:
    """A letterboxed photo [SIDE, SIDE, 3] with what was found (green, with score) and what was wanted (white)."""
    tile, scale, left, top = letterbox(photo.pixels, SIDE)
    margin = np.array([left, top, left, top], np.float32)
    for box in photo.boxes_xyxy * np.float32(scale) + margin:
        x0, y0, x1, y1 = (round(float(value)) for value in box)
        cv2.rectangle(tile, (x0, y0), (x1, y1), WANTED_COLOUR, 1)
    for box, score, class_id in zip(found.boxes_xyxy, found.scores, found.class_ids, strict=True):
        if score >= SHOWN_SCORE:
            x0, y0, x1, y1 = (round(float(value)) for value in box * np.float32(scale) + margin)
            cv2.rectangle(tile, (x0, y0), (x1, y1), FOUND_COLOUR, 1)
            text = f"{score:.2f}" if len(names) == 1 else f"{names[class_id]} {score:.2f}"
            cv2.putText(tile, text, (x0, max(10, y0 - 2)), cv2.FONT_HERSHEY_SIMPLEX, 0.35, FOUND_COLOUR, 1, cv2.LINE_AA)
    return tile


def _write(figure: Figure, file: Path) -> None:
    fresh = file.with_name(f".{file.name}")
    figure.savefig(fresh, dpi=80, format=file.suffix[1:])
    fresh.replace(file)


def write_jpeg(pixels: NDArray[np.uint8], file: Path, quality: int = 85) -> None:
    """Writes RGB pixels, whole or not at all."""
    _, packed = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    fresh = file.with_name(f".{file.name}")
    fresh.write_bytes(packed.tobytes())
    fresh.replace(file)
