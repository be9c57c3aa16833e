"""Shares the tiles of a request among its photos."""

from collections.abc import Iterator, Sequence

from detector import Detector, DetectorError, Grid, Tiling
from handlers.options import NO_TILES, labels_of, tiling_of
from schemas import Fault, Feature
from web.problems.problem import Refusal


def text_of(grid: Grid) -> str:
    """Tiles in the contract's notation."""
    return NO_TILES if grid.columns == grid.rows == 1 else f"{grid.columns}x{grid.rows}"


def share_tiles(detector: Detector, photos: Sequence[Sequence[Feature]], pointer: str = "#/tiles") -> int:
    """The maximum number of tiles for each `auto` in a request.

    Tiles that several features share, of one photo and one model, are processed once and count once.

    Args:
        detector: the detector, with the limit.
        photos: the features of each photo of the request.
        pointer: to the options for tiles.

    Raises:
        Refusal: the request asks for more tiles than the limit allows.
    """
    tilings = [tiling for features in photos for tiling in _distinct(detector, features)]
    stated = sum(tiling.stated_tiles for tiling in tilings)
    if stated > detector.max_tiles:
        detail = (
            f"The request asks for too many tiles: at most {detector.max_tiles} are looked at. "
            "Ask for fewer, or send fewer photos at a time."
        )
        raise Refusal(422, detail, [Fault(pointer=pointer, detail=detail)], code="too-many-tiles")
    automatic = sum(tiling.is_automatic for tiling in tilings)
    return (detector.max_tiles - stated) // max(1, automatic)


def _distinct(detector: Detector, features: Sequence[Feature]) -> Iterator[Tiling]:
    """The distinct tilings of the features of one photo, by model."""
    asked = [(feature, tiling) for feature in features if (tiling := tiling_of(feature))]
    models, seen = detector.models, set()
    for feature, tiling in asked:
        try:
            model = models.choose(feature.model or None, [label for _, label in labels_of(feature)])
        except DetectorError:
            continue  # the photo will be refused
        if (model, tiling) not in seen:
            seen.add((model, tiling))
            yield tiling
