"""Pictures in, detections out: the whole of the detector behind one object."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, Criteria, Dropped, select
from detector.drawing import draw, to_jpeg
from detector.errors import UnusableModel
from detector.images import DecodedImage, ImageLimits, decode_scaled
from detector.serving import GREY, Cores, Listener, Model, ModelFolder

logger = logging.getLogger(__name__)

MAX_ANNOTATED = 2**24  # pixels of an annotated JPEG; larger ones are scaled down, to save time and memory


@dataclass(frozen=True, slots=True)
class Query:
    """What one caller looks for in a picture.

    Attributes:
        model: what looks.
        criteria: which candidates count.
    """

    model: Model
    criteria: Criteria


@dataclass(frozen=True, slots=True)
class QueryStats:
    """How one query was answered.

    Attributes:
        model: the name of the model that was asked.
        candidates: how many boxes it proposed.
        dropped: how many of them each filter took away.
    """

    model: str
    candidates: int
    dropped: Dropped


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What was found in one picture: N objects, best score first.

    Attributes:
        width, height: of the upright picture, pixels.
        boxes_xyxy: [N, 4] left, top, right, bottom, fractions of the upright picture, 0..1.
        scores: [N] 0..1.
        labels: what each is.
        models: the name of the model that found each.
        accounts: one a query, in order.
    """

    width: int
    height: int
    boxes_xyxy: NDArray[np.float64]
    scores: NDArray[np.float64]
    labels: tuple[str, ...]
    models: tuple[str, ...]
    accounts: tuple[QueryStats, ...]


class Detector:
    """Looks at pictures, several at once.

    Attributes:
        models: what it looks with.
        ready: whether a model has answered yet.
    """

    def __init__(
        self, folder: ModelFolder, limits: ImageLimits, cores: Cores, listener: Listener | None = None
    ) -> None:
        """No thread is started before the first picture comes, so an instance may be made before a fork.

        Args:
            folder: where the models lie.
            limits: for pictures.
            cores: what lends cores and memory to the photos at work.
            listener: is told how long the stages took, and what was found.

        Raises:
            UnusableModel: see ModelFolder.read.
        """
        self.models = folder.read()
        self.ready = False
        self._folder = folder
        self._limits = limits
        self._cores = cores
        self._listener = listener or Listener()

    def warm_up(self) -> None:
        """Let every model look at a grey picture: builds an interpreter each and finds out whether it answers."""
        _warm_up(self.models)
        self.ready = True

    def refresh(self, *, settled: bool = True) -> None:
        """Serve what has changed in the models' folder, if anything has.

        Requests that have begun keep the models that they began with. A file that cannot serve is skipped, and the log
        says why; where no file can, or the default is gone, the models stay as they are.

        Args:
            settled: see ModelFolder.has_changed.
        """
        if not self._folder.has_changed(settled=settled):
            return
        try:
            models = self._folder.read(again=True)
            _warm_up(model for model in models if model not in set(self.models))
        except UnusableModel as error:
            logger.error("%s The models that are served stay as they were.", error)  # noqa: TRY400 - it says all
            return
        if list(models) == list(self.models):
            return
        self.models = models
        logger.info("The models have changed; served are now %s.", ", ".join(model.name for model in models))

    def detect(self, photo: bytes, queries: Sequence[Query]) -> Findings:
        """What the queries find in a picture, merged into one list.

        Args:
            photo: an encoded picture; see images.decode.
            queries: one or more.

        Raises:
            UnreadableImage, ImageTooLarge: the picture cannot be used.
            Exception: what `cores` raises if there is no memory for the pixels.
        """
        with ExitStack() as room:
            return self._run(self._decode(photo, _divisor(queries), room), queries)

    def annotate(self, photo: bytes, queries: Sequence[Query]) -> bytes:
        """Draws what the queries find onto the upright photo and returns a JPEG file, of MAX_ANNOTATED pixels or fewer.

        Args and errors are those of `detect`.
        """
        with ExitStack() as room:
            image = self._decode(photo, _annotated_divisor, room)
            found = self._run(image, queries)
            return to_jpeg(draw(image.pixels_rgb, found.boxes_xyxy, found.scores.tolist(), found.labels))

    def _decode(self, photo: bytes, divisor: Callable[[int, int], int], room: ExitStack) -> DecodedImage:
        """A photo's pixels; they take room until a context ends."""
        started = time.monotonic()
        image = decode_scaled(photo, self._limits, divisor, self._room(room))
        self._listener.decoded(time.monotonic() - started)
        return image

    def _room(self, room: ExitStack) -> Callable[[int], None]:
        """A function that takes room for so many bytes of pixels until a context ends."""
        return lambda size: room.enter_context(self._cores.decoding(size))

    def _run(self, picture: DecodedImage, queries: Sequence[Query]) -> Findings:
        """What the queries find in a decoded picture."""
        started = time.monotonic()
        candidates_by_model = self._candidates(picture.pixels_rgb, _lowest_scores(queries))
        self._listener.inferred([model.name for model in candidates_by_model], time.monotonic() - started)
        self.ready = True
        answers = []
        accounts = []
        for query in queries:
            model, candidates = query.model, candidates_by_model[query.model]
            kept, dropped = select(candidates, query.criteria, model.family.labels)
            answers.append((model, kept))
            accounts.append(QueryStats(model.name, len(candidates) + candidates.not_listed, dropped))
        findings = Findings(picture.width, picture.height, *_merged(answers), tuple(accounts))
        self._listener.found(findings.labels)
        return findings

    def _candidates(self, image_rgb: NDArray[np.uint8], threshold: Mapping[Model, float]) -> dict[Model, Candidates]:
        """Each model's candidates for an image [height, width, 3] down to its threshold; several models at a time."""
        if len(threshold) == 1:
            alone = self._cores.is_alone
            return {model: model.candidates(image_rgb, score, alone=alone) for model, score in threshold.items()}
        models = list(threshold)
        found = self._cores.spread(lambda model: model.candidates(image_rgb, threshold[model]), models)
        return dict(zip(models, found, strict=True))


def _warm_up(models: Iterable[Model]) -> None:
    """Let every model look at a grey picture, as for a lone caller: builds an interpreter each."""
    for model in models:
        model.candidates(GREY, 1.0, alone=True)


def _annotated_divisor(width: int, height: int) -> int:
    """The power of two by which a photo is scaled down that is too large to be annotated whole."""
    divisor = 1
    while width * height > MAX_ANNOTATED * divisor**2:
        divisor *= 2
    return divisor


def _divisor(queries: Sequence[Query]) -> Callable[[int, int], int]:
    """How many times smaller a picture of some width and height may be decoded: no model may see it otherwise."""
    return lambda width, height: min(query.model.shrink_divisor(width, height) for query in queries)


def _lowest_scores(queries: Sequence[Query]) -> dict[Model, float]:
    """Every model that is asked, with the threshold score that any query wants of it."""
    threshold: dict[Model, float] = {}
    for query in queries:
        score = query.criteria.lowest_score(query.model.family.labels)
        threshold[query.model] = min(score, threshold.get(query.model, 1.0))
    return threshold


def _merged(
    answers: Sequence[tuple[Model, Candidates]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...], tuple[str, ...]]:
    """The boxes, scores, labels and models of what several queries found, best first, what they share listed once."""
    boxes_xyxy = np.concatenate([kept.boxes_xyxy for _, kept in answers])
    scores = np.concatenate([kept.scores for _, kept in answers])
    names = [
        (model.family.labels[class_id], model.name) for model, kept in answers for class_id in kept.class_ids.tolist()
    ]
    if len(answers) > 1:  # one answer is sorted already
        ranked = np.argsort(-scores, kind="stable").tolist()
        found = list(zip(map(tuple, boxes_xyxy.tolist()), scores.tolist(), names, strict=True))
        first = list({found[each]: each for each in reversed(ranked)}.values())[::-1]
        boxes_xyxy, scores, names = boxes_xyxy[first], scores[first], [names[each] for each in first]
    return boxes_xyxy, scores, tuple(label for label, _ in names), tuple(model for _, model in names)
