"""Pictures in, detections out: the whole of the detector behind one object."""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from detector.candidates import Candidates
from detector.drawing import draw, to_jpeg
from detector.filters import Criteria, Dropped, select
from detector.images import ImageLimits, decode
from detector.model import Model
from detector.registry import Registry

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Query:
    """What one caller looks for in a picture.

    Attributes:
        criteria: which candidates count.
        label: the only label wanted; None for every label.
        model: the model's name; None for the first that knows the label.
    """

    criteria: Criteria
    label: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """One object found.

    Attributes:
        box_xyxy: left, top, right, bottom, fractions of the upright picture, 0..1.
        score: 0..1.
        label: what it is.
        model: the name of the model that found it.
    """

    box_xyxy: tuple[float, float, float, float]
    score: float
    label: str
    model: str


@dataclass(frozen=True, slots=True)
class Account:
    """How one query was answered.

    Attributes:
        model: the name of the model that was asked.
        candidates: how many boxes it proposed.
        dropped: how many of them each filter took away.
    """

    model: str
    candidates: int
    dropped: Dropped


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in one picture.

    Attributes:
        width, height: of the upright picture, pixels.
        detections: best score first.
        accounts: one a query, in order.
    """

    width: int
    height: int
    detections: tuple[Detection, ...]
    accounts: tuple[Account, ...]


class Detector:
    """Looks at pictures, several at once.

    Attributes:
        models: what it looks with.
        ready: whether a model has answered yet.
    """

    def __init__(self, models: Registry, limits: ImageLimits, at_once: int) -> None:
        """Nothing is built or started before the first picture comes, so an instance may be made before a fork.

        Args:
            models: loaded models.
            limits: for pictures.
            at_once: how many pictures are decoded and looked at at the same time; more wait.
        """
        self.models = models
        self.ready = False
        self._limits = limits
        self._turns = threading.Semaphore(at_once)
        self._threads = ThreadPoolExecutor(at_once, "detector")

    def warm_up(self) -> None:
        """Let every model look at a grey picture: builds an interpreter each and finds out whether it answers."""
        for model in self.models:
            model.candidates(np.full((64, 64, 3), 128, np.uint8), 1.0)
        self.ready = True

    def detect(self, photo: bytes, queries: Sequence[Query]) -> Findings:
        """What the queries find in a picture, merged into one list.

        Args:
            photo: an encoded picture; see images.decode.
            queries: one or more.

        Raises:
            UnreadableImage, ImageTooLarge: the picture cannot be used.
            UnknownModel, UnknownLabel: a query cannot be answered.
        """
        models = [self.models.choose(query.model, query.label) for query in queries]
        with self._turns:  # bounds the memory of decoded pictures, and spares the cores a crowd
            return self._look(decode(photo, self._limits), models, queries)

    def annotate(self, photo: bytes, queries: Sequence[Query]) -> bytes:
        """A picture, upright and in its own size, with what the queries find in it drawn onto it, as a JPEG file.

        Args and errors are those of `detect`.
        """
        models = [self.models.choose(query.model, query.label) for query in queries]
        with self._turns:
            image_rgb = decode(photo, self._limits)
            found = self._look(image_rgb, models, queries).detections
            boxes_xyxy = np.array([each.box_xyxy for each in found]).reshape(-1, 4)
            return to_jpeg(draw(image_rgb, boxes_xyxy, [each.score for each in found], [each.label for each in found]))

    def _look(self, image_rgb: NDArray[np.uint8], models: Sequence[Model], queries: Sequence[Query]) -> Findings:
        """What the queries, each with its model, find in a decoded picture."""
        proposals = {
            model.name: model.candidates(image_rgb, lowest) for model, lowest in _lowest_scores(models, queries).items()
        }
        self.ready = True
        detections: dict[Detection, None] = {}  # an ordered set: two queries may find the same object
        accounts = []
        for model, query in zip(models, queries, strict=True):
            candidates = proposals[model.name]
            class_id = None if query.label is None else model.labels.index(query.label)
            kept, dropped = select(candidates, query.criteria, class_id)
            detections |= dict.fromkeys(_named(kept, model))
            accounts.append(Account(model.name, len(candidates) + candidates.unlisted, dropped))
        height, width = image_rgb.shape[:2]
        ranked = sorted(detections, key=lambda detection: -detection.score)
        return Findings(width, height, tuple(ranked), tuple(accounts))

    def concurrently(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Apply a function that detects to many items, on as many threads as pictures are looked at at once."""
        return list(self._threads.map(function, items))


def _lowest_scores(models: Sequence[Model], queries: Sequence[Query]) -> dict[Model, float]:
    """Every model that is asked, with the lowest score that any query wants of it."""
    lowest: dict[Model, float] = {}
    for model, query in zip(models, queries, strict=True):
        lowest[model] = min(query.criteria.score, lowest.get(model, 1.0))
    return lowest


def _named(candidates: Candidates, model: Model) -> list[Detection]:
    """Candidates as detections of a model, in plain numbers."""
    rows = zip(candidates.boxes_xyxy.tolist(), candidates.scores.tolist(), candidates.class_ids.tolist(), strict=True)
    return [Detection(tuple(box), score, model.labels[class_id], model.name) for box, score, class_id in rows]
