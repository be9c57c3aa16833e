"""Shares the tiles of a request among its photos."""

from collections.abc import Sequence

from detector import Detector, Grid
from handlers.options import NO_TILES
from handlers.searches import Search
from schemas import Fault
from web.problems.problem import Refusal


def text_of(grid: Grid) -> str:
    """Tiles in the contract's notation."""
    return NO_TILES if grid.columns == grid.rows == 1 else f"{grid.columns}x{grid.rows}"


def share_tiles(detector: Detector, photos: Sequence[Sequence[Search]], pointer: str = "#/tiles") -> int:
    """The maximum number of tiles for each `auto` in a request.

    Tiles that several searches share, of one photo and one model, are processed once and count once.

    Args:
        detector: the detector, with the limit.
        photos: the searches of each photo of the request.
        pointer: to the options for tiles.

    Raises:
        Refusal: the request asks for more tiles than the limit allows.
    """
    distinct = [{(search.model, search.tiling) for search in searches} for searches in photos]
    tilings = [tiling for photo in distinct for _, tiling in photo if tiling]
    stated = sum(tiling.stated_tiles for tiling in tilings)
    if stated > detector.max_tiles:
        detail = (
            f"The request asks for too many tiles: at most {detector.max_tiles} are allowed. "
            "Ask for fewer, or send fewer photos at a time."
        )
        raise Refusal(422, detail, [Fault(pointer=pointer, detail=detail)], code="too-many-tiles")
    automatic = sum(tiling.is_automatic for tiling in tilings)
    return (detector.max_tiles - stated) // max(1, automatic)
