"""The whole detector behind one object: photos in, detections out."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, Criteria, Seen, Wanted, select_each
from detector.drawing import draw, to_jpeg
from detector.errors import UnusableModel
from detector.findings import Answer, Findings, QueryStats, ZoneNames, merge, zone_names
from detector.images import WHOLE, DecodedImage, Divisor, Grid, ImageLimits, Tiling, decode_scaled, resize
from detector.serving import GREY, Cores, Listener, LoadedModels, Model, ModelFolder, View

logger = logging.getLogger(__name__)

ONE_TILE = Grid(1, 1, 0.0)
MAX_TILES = 64  # per request
MAX_LISTED = 200_000  # candidates of all views of a photo

MAX_ANNOTATED = 2**24  # pixels of an annotated JPEG; larger photos are scaled down, to save time and memory


@dataclass(frozen=True, slots=True)
class Query:
    """One search of a photo by one model.

    Attributes:
        model: the model to run.
        criteria: the candidates to keep.
        tiling: cuts the image into tiles to run the model on, besides the whole; None for the whole alone.
    """

    model: Model
    criteria: Criteria
    tiling: Tiling | None = None

    def grid(self, width: int, height: int) -> Grid:
        """The tiles of an image of this size, pixels."""
        size = self.model.family.input.width, self.model.family.input.height
        return self.tiling.grid(width, height, *size) if self.tiling else ONE_TILE

    def views(self, grid: Grid) -> tuple[View, ...]:
        """The views to run the model on: the whole image, then its tiles."""
        return tuple(View(self.model, region) for region in (WHOLE, *grid.regions()))

    def divisor(self, width: int, height: int) -> int:
        """The power of two by which an image of this size may be scaled down before it is tiled."""
        return self.model.shrink_divisor(*self.grid(width, height).tile_size(width, height))


class Detector:
    """Runs models on photos, several at once.

    Attributes:
        models: the loaded models.
        ready: True once a model has answered.
        max_tiles: the maximum number of tiles in all photos of one request.
    """

    def __init__(
        self,
        folder: ModelFolder | LoadedModels,
        limits: ImageLimits,
        cores: Cores,
        listener: Listener | None = None,
        max_tiles: int = MAX_TILES,
    ) -> None:
        """Loads the models. Starts no thread before the first photo, so that a process may fork afterwards.

        Args:
            folder: the folder with the models.
            limits: the largest photo that is decoded.
            cores: lends cores and memory to photos.
            listener: is told how long the stages took and what was found.
            max_tiles: the maximum number of tiles in all photos of one request; callers must respect it.

        Raises:
            UnusableModel: see ModelFolder.read.
        """
        self.models = folder.read()
        self.ready = False
        self.max_tiles = max_tiles
        self._folder = folder
        self._is_behind = False  # the folder as a whole cannot be served
        self._limits = limits
        self._cores = cores
        self._listener = listener or Listener()

    def warm_up(self) -> None:
        """Runs every model on a grey image, which builds its interpreter and shows that it answers."""
        _warm_up(self.models)
        self.ready = True

    def refresh(self, *, settled: bool = True) -> bool:
        """Serves what has changed in the models' folder; returns false if nothing has.

        Requests in progress keep their models. An unusable file is skipped, and the log says why. If no file is usable,
        or the default is gone, the models stay as they are.

        Args:
            settled: see ModelFolder.has_changed.
        """
        if not self._folder.has_changed(settled=settled):
            return False
        try:
            models = self._folder.read(again=True)
            _warm_up(model for model in models if model not in set(self.models))
        except UnusableModel as error:
            logger.error("%s The models that are served stay as they were.", error)  # noqa: TRY400 - it says all
            self._is_behind = True
            return False
        self._is_behind = False
        if list(models) == list(self.models):
            return False
        self.models = models
        logger.info("The models have changed; served are now %s.", ", ".join(model.name for model in models))
        return True

    @property
    def unusable(self) -> int:
        """The number of models that cannot be served as their files are now; 1 for the folder as a whole."""
        return max(self._folder.skipped, self._is_behind)

    def detect(self, photo: bytes, queries: Sequence[Query]) -> Findings:
        """Finds what the queries ask for in a photo, merged into one list.

        Args:
            photo: an encoded image; see images.decode.
            queries: one or more.

        Raises:
            UnreadableImage, ImageTooLarge: the photo cannot be used.
            Exception: raised by `cores` if there is no memory for the pixels.
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
            return to_jpeg(draw(_canvas(image), found.boxes_xyxy, found.scores.tolist(), found.labels, outlines))

    def _decode(self, photo: bytes, divisor: Divisor, room: ExitStack, coarsest: Divisor) -> DecodedImage:
        """Decodes a photo. Its pixels take room until `room` is closed."""
        started = time.monotonic()
        image = decode_scaled(photo, self._limits, divisor, self._room(room), coarsest)
        self._listener.decoded(time.monotonic() - started)
        return image

    def _room(self, room: ExitStack) -> Callable[[int], None]:
        """A function that reserves a number of bytes until `room` is closed."""
        return lambda size: room.enter_context(self._cores.decoding(size))

    def _run(self, image: DecodedImage, queries: Sequence[Query]) -> Findings:
        """Finds what the queries ask for in a decoded image."""
        started = time.monotonic()
        grids = [query.grid(image.width, image.height) for query in queries]
        views_by_query = [query.views(grid) for query, grid in zip(queries, grids, strict=True)]
        found = self._candidates(image.pixels_rgb, _min_scores(queries, views_by_query))
        models = list(dict.fromkeys(query.model.name for query in queries))
        self._listener.inferred(models, time.monotonic() - started)
        self.ready = True
        seen = {views: Seen.join([found[view] for view in views]) for views in dict.fromkeys(views_by_query)}
        wanted = [
            Wanted(seen[views], query.criteria, query.model.family.labels)
            for query, views in zip(queries, views_by_query, strict=True)
        ]
        selected = select_each(wanted)
        zones: dict[int, list[ZoneNames] | None] = {}  # queries that want the same share their objects
        answers = []
        for query, grid, each, (kept, dropped) in zip(queries, grids, wanted, selected, strict=True):
            if id(kept) not in zones:
                zones[id(kept)] = zone_names(kept, query.criteria, each.labels)
            stats = QueryStats(query.model.name, len(each.seen), dropped, grid)
            answers.append(Answer(query.model, kept, zones[id(kept)], stats))
        findings = merge(image.width, image.height, answers)
        self._listener.found(findings.labels)
        return findings

    def _candidates(self, image_rgb: NDArray[np.uint8], thresholds: Mapping[View, float]) -> dict[View, Candidates]:
        """Each view's candidates in an image [height, width, 3] down to its threshold; runs views in parallel."""
        views = list(thresholds)
        max_listed = MAX_LISTED // len(views)
        if len(views) == 1:
            found = [views[0].candidates(image_rgb, *thresholds.values(), alone=self._cores.is_alone).best(max_listed)]
        else:
            found = self._cores.spread(
                lambda view: view.candidates(image_rgb, thresholds[view]).best(max_listed), views
            )
        return dict(zip(views, found, strict=True))


def _warm_up(models: Iterable[Model]) -> None:
    """Runs every model on a grey image, as for a lone caller, which builds its interpreter."""
    for model in models:
        model.candidates(GREY, 1.0, alone=True)


def _annotated_divisor(width: int, height: int) -> int:
    """The power of two by which a photo is scaled down to MAX_ANNOTATED pixels or fewer."""
    divisor = 1
    while width * height > MAX_ANNOTATED * divisor**2:
        divisor *= 2
    return divisor


def _drawing_divisor(queries: Sequence[Query]) -> Divisor:
    """A function for the same power of two, limited so that no tile loses detail."""
    tiled = [query for query in queries if query.tiling]
    return lambda width, height: min(
        [_annotated_divisor(width, height), *(query.divisor(width, height) for query in tiled)]
    )


def _canvas(image: DecodedImage) -> NDArray[np.uint8]:
    """The pixels to draw on, scaled down if the photo was decoded larger for its tiles."""
    divisor = _annotated_divisor(image.width, image.height)
    width, height = -(-image.width // divisor), -(-image.height // divisor)
    if image.format != "JPEG" or image.pixels_rgb.shape[:2] == (height, width):
        return image.pixels_rgb
    return resize(image.pixels_rgb, width, height)


def _divisor(queries: Sequence[Query]) -> Divisor:
    """The divisor by which an image may be scaled down for all queries."""
    return lambda width, height: min(query.divisor(width, height) for query in queries)


def _whole_divisor(queries: Sequence[Query]) -> Divisor:
    """The same divisor without tiles."""
    return lambda width, height: min(query.model.shrink_divisor(width, height) for query in queries)


def _min_scores(queries: Sequence[Query], views_by_query: Sequence[Sequence[View]]) -> dict[View, float]:
    """The views that are needed, each with the minimum score that any query wants of its model."""
    scores: dict[Model, float] = {}
    for query in queries:
        score = query.criteria.min_score(query.model.family.labels)
        scores[query.model] = min(score, scores.get(query.model, 1.0))
    return {view: scores[view.model] for views in views_by_query for view in views}
