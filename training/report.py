"""Figures of a model on photos, as numbers, sentences and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.dataset import Photo
from training.evaluate import Model, Network, find
from training.measure import Curve, curve, quiet_share
from training.pictures import draw_curves, draw_page

# What the best score is chosen from, the strictest first; finer steps would follow the chance of a few photos.
SCORES = np.arange(19, 0, -1) / 20
# So many boxes tell it from others; with fewer, one box more or less decides.
ENOUGH_BOXES = 20


@dataclass(frozen=True)
class Report:
    """What a model reaches.

    Attributes:
        photos, boxes: how many it was measured on.
        curves: precision and recall of every label that these photos show.
        invoke_ms: median milliseconds of one invocation, one thread; 0 for a network that is not exported.
    """

    photos: int
    boxes: int
    curves: dict[str, Curve]
    invoke_ms: float

    @property
    def average_precision(self) -> float:
        """Mean over the labels present, 0..1."""
        return float(np.mean([one.average_precision for one in self.curves.values()])) if self.curves else 0.0

    @property
    def best_score(self) -> float:
        """Where findings are worth showing, 0..1: above it F1 is highest, as the mean over the labels present."""
        return float(max(SCORES, key=lambda score: np.mean([self.f1(name, score) for name in self.curves] or [0.0])))

    @property
    def default_score(self) -> float | None:
        """The best score, for requests that state none; None where too few boxes have chosen it."""
        return self.best_score if self.boxes >= ENOUGH_BOXES else None

    def sentence(self) -> str:
        """The figures in one line."""
        text = f"AP50 {self.average_precision:.3f} on {self.photos} photos"
        if len(self.curves) == 1:
            precision, recall = self.at(next(iter(self.curves)), self.best_score)
            text += f" (above score {self.best_score:g}: precision {precision:.2f}, recall {recall:.2f})"
        else:
            text += "".join(f", {name} {one.average_precision:.3f}" for name, one in self.curves.items())
        return text + (f", {self.invoke_ms:.1f} ms an invocation" if self.invoke_ms else "")

    def at(self, name: str, score: float) -> tuple[float, float]:
        """Precision and recall, 0..1, of one label's findings above a score."""
        one = self.curves[name]
        above = int((one.scores > score).sum())
        return (float(one.precision[above - 1]), float(one.recall[above - 1])) if above else (1.0, 0.0)

    def f1(self, name: str, score: float) -> float:
        """Harmonic mean, 0..1, of the two."""
        precision, recall = self.at(name, score)
        return 2 * precision * recall / max(precision + recall, 1e-9)


def measure(model: Model | Network, photos: list[Photo], names: list[str], pictures: Path | None) -> Report:
    """Measures a model on labelled photos and draws precision-recall.png and examples.jpg into `pictures`."""
    found = find(model, model.size, photos)
    curves = {}
    for class_id, name in enumerate(names):
        one = curve(found, photos, class_id)
        if one is not None:
            curves[name] = one
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        draw_curves(curves, f"{len(photos)} photos, IoU 0.5", pictures / "precision-recall.png")
        draw_page(photos, found, names, pictures / "examples.jpg")
    boxes = sum(len(photo.class_ids) for photo in photos)
    return Report(len(photos), boxes, curves, model.invoke_ms())


def quiet_sentence(model: Model | Network, photos: list[Photo]) -> str:
    """How often a model stays quiet on photos without objects."""
    found = find(model, model.size, photos)
    loud = [photo.name for photo, findings in zip(photos, found, strict=True) if (findings.scores > 0.5).any()]
    share = quiet_share(found)
    return f"no finding above 0.5 in {share:.1%} of {len(photos)} photos without objects" + (
        f"; false alarms in {', '.join(loud)}" if loud else ""
    )
