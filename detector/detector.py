"""Pictures in, detections out: the whole of the detector behind one object."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, Criteria, select_from_views
from detector.drawing import draw, to_jpeg
from detector.errors import UnusableModel
from detector.findings import Answer, Findings, QueryStats, merged, zone_names
from detector.images import WHOLE, DecodedImage, Divisor, Grid, ImageLimits, Tiling, decode_scaled, resize
from detector.serving import GREY, Cores, Listener, Model, ModelFolder, View

logger = logging.getLogger(__name__)

ONE_TILE = Grid(1, 1, 0.0)
MAX_TILES = 64  # of one request

MAX_ANNOTATED = 2**24  # pixels of an annotated JPEG; larger ones are scaled down, to save time and memory


@dataclass(frozen=True, slots=True)
class Query:
    """What one caller looks for in a picture.

    Attributes:
        model: what looks.
        criteria: which candidates count.
        tiling: how the picture is cut into tiles that are looked at besides the whole; None for not at all.
    """

    model: Model
    criteria: Criteria
    tiling: Tiling | None = None

    def grid(self, width: int, height: int) -> Grid:
        """The tiles of a picture of this size, pixels."""
        size = self.model.family.input.width, self.model.family.input.height
        return self.tiling.grid(width, height, *size) if self.tiling else ONE_TILE

    def views(self, width: int, height: int) -> list[View]:
        """What of a picture of this size is looked at: the whole, then its tiles."""
        return [View(self.model, region) for region in (WHOLE, *self.grid(width, height).regions())]

    def divisor(self, width: int, height: int) -> int:
        """The power of two by which a picture of this size may be scaled down before it is tiled."""
        return self.model.shrink_divisor(*self.grid(width, height).tile_size(width, height))


class Detector:
    """Looks at pictures, several at once.

    Attributes:
        models: what it looks with.
        ready: whether a model has answered yet.
        max_tiles: how many tiles the photos of one request may have.
    """

    def __init__(
        self,
        folder: ModelFolder,
        limits: ImageLimits,
        cores: Cores,
        listener: Listener | None = None,
        max_tiles: int = MAX_TILES,
    ) -> None:
        """No thread is started before the first picture comes, so an instance may be made before a fork.

        Args:
            folder: where the models lie.
            limits: for pictures.
            cores: what lends cores and memory to the photos at work.
            listener: is told how long the stages took, and what was found.
            max_tiles: how many tiles the photos of one request may have; its callers see to that.

        Raises:
            UnusableModel: see ModelFolder.read.
        """
        self.models = folder.read()
        self.ready = False
        self.max_tiles = max_tiles
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
            return self._run(self._decode(photo, _divisor(queries), room, _whole_divisor(queries)), queries)

    def annotate(self, photo: bytes, queries: Sequence[Query]) -> bytes:
        """Draws what the queries find, and their zones, onto the upright photo; args and errors are those of `detect`.

        Returns:
            A JPEG file of MAX_ANNOTATED pixels or fewer.
        """
        with ExitStack() as room:
            image = self._decode(photo, _drawing_divisor(queries), room, _annotated_divisor)
            found = self._run(image, queries)
            outlines = [zone.outline for query in queries for zone in query.criteria.zones]
            return to_jpeg(draw(_annotated(image), found.boxes_xyxy, found.scores.tolist(), found.labels, outlines))

    def _decode(self, photo: bytes, divisor: Divisor, room: ExitStack, coarsest: Divisor) -> DecodedImage:
        """A photo's pixels; they take room until a context ends."""
        started = time.monotonic()
        image = decode_scaled(photo, self._limits, divisor, self._room(room), coarsest)
        self._listener.decoded(time.monotonic() - started)
        return image

    def _room(self, room: ExitStack) -> Callable[[int], None]:
        """A function that takes room for so many bytes of pixels until a context ends."""
        return lambda size: room.enter_context(self._cores.decoding(size))

    def _run(self, picture: DecodedImage, queries: Sequence[Query]) -> Findings:
        """What the queries find in a decoded picture."""
        started = time.monotonic()
        looks = [query.views(picture.width, picture.height) for query in queries]
        found = self._candidates(picture.pixels_rgb, _lowest_scores(queries, looks))
        models = list(dict.fromkeys(query.model.name for query in queries))
        self._listener.inferred(models, time.monotonic() - started)
        self.ready = True
        answers = []
        for query, views in zip(queries, looks, strict=True):
            model, labels = query.model, query.model.family.labels
            seen = [found[view] for view in views]
            kept, dropped = select_from_views(seen, query.criteria, labels)
            proposed = sum(len(each) + each.not_listed for each in seen)
            stats = QueryStats(model.name, proposed, dropped, query.grid(picture.width, picture.height))
            answers.append(Answer(model, kept, zone_names(kept, query.criteria, labels), stats))
        findings = merged(picture.width, picture.height, answers)
        self._listener.found(findings.labels)
        return findings

    def _candidates(self, image_rgb: NDArray[np.uint8], threshold: Mapping[View, float]) -> dict[View, Candidates]:
        """Each view's candidates in an image [height, width, 3] down to its threshold; several views at a time."""
        views = list(threshold)
        if len(views) == 1:
            return {views[0]: views[0].candidates(image_rgb, *threshold.values(), alone=self._cores.is_alone)}
        found = self._cores.spread(lambda view: view.candidates(image_rgb, threshold[view]), views)
        return dict(zip(views, found, strict=True))


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


def _drawing_divisor(queries: Sequence[Query]) -> Divisor:
    """The same, where no tile may lose detail by it."""
    tiled = [query for query in queries if query.tiling]
    return lambda width, height: min(
        [_annotated_divisor(width, height), *(query.divisor(width, height) for query in tiled)]
    )


def _annotated(image: DecodedImage) -> NDArray[np.uint8]:
    """The pixels to draw on, scaled down where the photo was decoded larger for its tiles."""
    divisor = _annotated_divisor(image.width, image.height)
    width, height = -(-image.width // divisor), -(-image.height // divisor)
    if image.format != "JPEG" or image.pixels_rgb.shape[:2] == (height, width):
        return image.pixels_rgb
    return resize(image.pixels_rgb, width, height)


def _divisor(queries: Sequence[Query]) -> Divisor:
    """How many times smaller a picture of some width and height may be decoded: no model may see it otherwise."""
    return lambda width, height: min(query.divisor(width, height) for query in queries)


def _whole_divisor(queries: Sequence[Query]) -> Divisor:
    """The same, if there were no tiles."""
    return lambda width, height: min(query.model.shrink_divisor(width, height) for query in queries)


def _lowest_scores(queries: Sequence[Query], looks: Sequence[Sequence[View]]) -> dict[View, float]:
    """Every view that is needed, with the lowest score that any query wants of its model."""
    lowest: dict[Model, float] = {}
    for query in queries:
        score = query.criteria.lowest_score(query.model.family.labels)
        lowest[query.model] = min(score, lowest.get(query.model, 1.0))
    return {view: lowest[view.model] for views in looks for view in views}
