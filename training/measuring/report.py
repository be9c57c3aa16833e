"""Figures of a model on labelled photos, as numbers, sentences and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.data import Photo
from training.measuring.pictures import draw_curves, draw_page
from training.measuring.precision import Curve, curve
from training.measuring.predictors import Predictor, find

# The best score is one of these, the strictest first; finer steps would fit the noise of a few photos.
SCORES = np.arange(19, 0, -1) / 20
# Fewer boxes than this do not choose a best score: one box more or less would change it.
MIN_BOXES = 20
FALSE_ALARM = 0.5


@dataclass(frozen=True)
class Report:
    """The figures.

    Attributes:
        photos, boxes: number of each that it was measured on.
        curves: precision and recall of every label that the photos have boxes of.
        milliseconds: median time per image; 0 for a network that is not exported.
    """

    photos: int
    boxes: int
    curves: dict[str, Curve]
    milliseconds: float

    @property
    def average_precision(self) -> float:
        """Mean over the labels present, 0..1."""
        return float(np.mean([one.average_precision for one in self.curves.values()])) if self.curves else 0.0

    @property
    def best_score(self) -> float:
        """Score, 0..1, above which F1 is highest, as the mean over the labels present."""
        return float(max(SCORES, key=lambda score: np.mean([self.f1(name, score) for name in self.curves] or [0.0])))

    @property
    def default_score(self) -> float | None:
        """The best score; None if there are too few boxes to choose it by."""
        return self.best_score if self.boxes >= MIN_BOXES else None

    def sentence(self) -> str:
        """The figures in one line."""
        text = f"AP50 {self.average_precision:.3f} on {self.photos} photos"
        if len(self.curves) == 1:
            precision, recall = self.at(next(iter(self.curves)), self.best_score)
            text += f" (above score {self.best_score:g}: precision {precision:.2f}, recall {recall:.2f})"
        else:
            text += "".join(f", {name} {one.average_precision:.3f}" for name, one in self.curves.items())
        return text + (f", {self.milliseconds:.1f} ms per image" if self.milliseconds else "")

    def at(self, name: str, score: float) -> tuple[float, float]:
        """Precision and recall, 0..1, of one label above a score."""
        one = self.curves[name]
        above = int((one.scores > score).sum())
        return (float(one.precision[above - 1]), float(one.recall[above - 1])) if above else (1.0, 0.0)

    def f1(self, name: str, score: float) -> float:
        """Harmonic mean, 0..1, of precision and recall."""
        precision, recall = self.at(name, score)
        return 2 * precision * recall / max(precision + recall, 1e-9)


def measure(predictor: Predictor, photos: list[Photo], names: list[str], pictures: Path | None) -> Report:
    """Measures a predictor on labelled photos; draws precision-recall.png and examples.jpg into `pictures`."""
    found = find(predictor, photos, names)
    curves = {name: one for index, name in enumerate(names) if (one := curve(found, photos, index)) is not None}
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        draw_curves(curves, f"{len(photos)} photos, IoU 0.5", pictures / "precision-recall.png")
        draw_page(photos, found, names, pictures / "examples.jpg")
    boxes = sum(photo.objects for photo in photos)
    return Report(len(photos), boxes, curves, predictor.milliseconds())


def false_alarms(predictor: Predictor, photos: list[Photo], names: list[str]) -> str:
    """A sentence on detections above FALSE_ALARM in photos without objects."""
    found = find(predictor, photos, names)
    wrong = [photo.name for photo, each in zip(photos, found, strict=True) if (each.scores > FALSE_ALARM).any()]
    quiet = 1 - len(wrong) / max(1, len(photos))
    sentence = f"nothing found above score {FALSE_ALARM:g} in {quiet:.1%} of {len(photos)} photos without objects"
    return sentence + (f"; false alarms in {', '.join(wrong)}" if wrong else "")
