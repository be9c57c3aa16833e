"""Queries of the features on the command line. Refusals are in its words: there is no server to ask."""

from collections.abc import Iterable, Sequence

from detector import Detector, Query, UnknownModel
from handlers.searches import Search, searches_of
from handlers.tiles import share_tiles
from offline.options import OptionError, flag
from schemas import Feature
from web.problems.problem import Refusal

LISTED = 100  # names of models, or labels of all models, in a message


def queries_for(detector: Detector, features: Sequence[Feature]) -> list[Query]:
    """Converts features to queries, each with its model.

    Raises:
        OptionError: the features cannot be used.
    """
    searches = [_search(detector, feature) for feature in features]
    tiles = _tiles(detector, searches)
    return [_query(search, tiles) for search in searches]


def _tiles(detector: Detector, searches: Sequence[Search]) -> int:
    """The maximum number of tiles for each `auto`."""
    try:
        return share_tiles(detector, [searches])
    except Refusal:
        limit = f"at most {detector.max_tiles} per photo are allowed, for all models together"
        raise OptionError(f"--tiles asks for too many: {limit}. DETECTOR_MAX_TILES sets the limit.") from None


def _search(detector: Detector, feature: Feature) -> Search:
    """The search for a feature."""
    try:
        [search] = searches_of(detector, [feature])
    except UnknownModel:
        names = [model.name for model in detector.models]
        raise OptionError(f"--model must be the name of a model. There are: {_list(names, LISTED)}.") from None
    except Refusal as refusal:
        raise OptionError(_unknown_label(detector, feature, refusal)) from None
    return search


def _query(search: Search, tiles: int) -> Query:
    """The query of a search."""
    try:
        return search.query(tiles)
    except Refusal as refusal:
        raise OptionError(_in_flags(refusal)) from None


def _unknown_label(detector: Detector, feature: Feature, refusal: Refusal) -> str:
    """The message for labels that no model has, or no single one."""
    flags = list(dict.fromkeys(flag(fault.pointer) for fault in refusal.faults))
    rule = "must be a label that a model finds" if len(flags) == 1 else "must be labels that one model finds"
    models = [model for model in detector.models if model.name == (feature.model or model.name)]
    limit = max(1, LISTED // max(1, len(models)))
    parts = [f"{model.name!r} finds {_list(model.labels, limit)}" for model in models[:LISTED]]
    return f"{' and '.join(flags)} {rule}. {'; '.join(parts)}."


def _in_flags(refusal: Refusal) -> str:
    """The detail of a refusal, with options in place of pointers."""
    detail = refusal.detail
    for fault in refusal.faults:
        detail = detail.replace(fault.pointer, flag(fault.pointer))
    return detail


def _list(texts: Iterable[str], limit: int) -> str:
    """The first texts, quoted, and the number of the others."""
    quoted = [repr(text) for text in dict.fromkeys(texts) if text]
    more = f" and {len(quoted) - limit:,} more" if len(quoted) > limit else ""
    return ", ".join(quoted[:limit]) + more
