"""Translates a request's options into the detector's terms."""

from collections.abc import Iterator, Sequence

from msgspec import UNSET
from msgspec.structs import asdict, replace

from detector import Criteria, Detector, LabelRules, Model, Query, Tiling, UnknownLabel
from handlers import zones
from handlers.causes import contradiction, detail_of_error
from schemas import (
    Fault,
    Feature,
    ModelOptions,
    PredictImageParametersQuery,
    PredictRequest,
    UploadRequest,
)
from web.problems.problem import Refusal

# Defaults for options that neither a request nor a model's sidecar states; openapi.yml describes them.
DEFAULTS = ModelOptions(
    score_th=0.3,
    nms_iou=0.4,
    nms="per_class",
    max_results=20,
    min_height=0.03,
    min_width=0.03,
    max_height=1.0,
    max_width=1.0,
)
DEFAULTS_WITH_TILES = replace(DEFAULTS, min_height=0.0, min_width=0.0)  # tiles are for small objects
NO_TILES, AUTO = "none", "auto"


def feature_of(request: PredictRequest | UploadRequest | PredictImageParametersQuery) -> Feature:
    """The options of a request that has them beside the photo."""
    stated = {name: getattr(request, name) for name in Feature.__struct_fields__ if hasattr(request, name)}
    if isinstance(stated["thresholds"], list):
        stated["thresholds"] = thresholds_of(stated["thresholds"])
    return Feature(**stated)  # a query has no zones


def thresholds_of(texts: Sequence[str]) -> dict[str, float]:
    """Parses thresholds by label, which a form or a query states as `label:score`.

    Raises:
        Refusal: a label is there twice.
    """
    thresholds = {label: float(score) for label, _, score in (text.rpartition(":") for text in texts)}
    if len(thresholds) < len(texts):
        raise contradiction("#/thresholds", "must have each label once")
    return thresholds


def queries_of(detector: Detector, features: Sequence[Feature], place: str = "", max_tiles: int = 0) -> list[Query]:
    """Converts features to queries, each with its model.

    Args:
        detector: answers the queries.
        features: one or more.
        place: of the list of features in the body, as a JSON Pointer; empty if there is one feature, the body itself.
        max_tiles: maximum number of tiles for each `auto`; see handlers.tiles.share_tiles.

    Raises:
        UnknownModel: a feature's model is not loaded.
        Refusal: a feature names an unknown label, contradicts itself, or has a zone that cannot be used.
    """
    models = detector.models  # read once, since they may be replaced at any time
    queries = []
    for index, feature in enumerate(features):
        pointer = f"#{place}/{index}" if place else "#"
        named = list(labels_of(feature))
        try:
            model = models.choose(feature.model or None, [label for _, label in named])
        except UnknownLabel as error:
            detail = detail_of_error(error)
            faults = [Fault(pointer=f"{pointer}/{at}", detail=detail) for at, label in named if label in error.labels]
            raise Refusal(422, detail, faults, code="unknown-label") from None
        queries.append(query_of(feature, model, pointer, max_tiles))
    return queries


def labels_of(feature: Feature) -> Iterator[tuple[str, str]]:
    """Every label that a feature names, with its place in the feature."""
    if feature.type:
        yield "type", feature.type
    for name, labels in (("types", feature.types), ("except", feature.except_)):
        for index, label in enumerate(labels or ()):
            yield f"{name}/{index}", label
    for label in feature.thresholds or ():
        yield "thresholds/*", label  # does not repeat the sender's label
    for index, zone in enumerate(feature.zones or ()):
        for place, label in zones.labels_of(zone):
            yield f"zones/{index}/{place}", label


def query_of(feature: Feature, model: Model, pointer: str = "#", max_tiles: int = 0) -> Query:
    """Converts a feature to a query of a model.

    Args:
        feature: its labels are the model's.
        model: the model.
        pointer: to the feature.
        max_tiles: maximum number of tiles for `auto`.

    Raises:
        Refusal: the feature contradicts itself, or has a zone that cannot be used.
    """
    options = options_of(feature, model)
    rules = LabelRules(
        types=frozenset([*([feature.type] if feature.type else []), *(feature.types or ())]),
        left_out=frozenset(feature.except_ or ()),
        thresholds=feature.thresholds or {},
    )
    check(options, rules, model, pointer)
    criteria = Criteria(
        score=options.score_th,
        width=options.min_width,
        height=options.min_height,
        iou=options.nms_iou,
        per_class=options.nms == "per_class",
        max_results=options.max_results,
        max_width=options.max_width,
        max_height=options.max_height,
        labels=rules,
    )
    return Query(model, zones.with_zones(criteria, feature, pointer), tiling_of(feature, max_tiles))


def tiling_of(feature: Feature, max_tiles: int = 0) -> Tiling | None:
    """The tiles that a feature asks for; None if it asks for none.

    Args:
        feature: the feature.
        max_tiles: maximum number for `auto`.
    """
    if feature.tiles == NO_TILES:
        return None
    if feature.tiles == AUTO:
        return Tiling(feature.tile_overlap, max_tiles=max_tiles)
    columns, _, rows = feature.tiles.partition("x")
    return Tiling(feature.tile_overlap, int(columns), int(rows))


def check(options: ModelOptions, rules: LabelRules, model: Model, pointer: str) -> None:
    """Raises a Refusal if no object could meet the options."""
    if rules.left_out and not any(rules.counts(label) for label in model.labels):
        raise contradiction(f"{pointer}/except", "must leave a label to look for")
    for name, lowest, highest in (
        ("height", options.min_height, options.max_height),
        ("width", options.min_width, options.max_width),
    ):
        if lowest > highest:
            raise contradiction(f"{pointer}/max_{name}", f"must not be less than min_{name}, which is {lowest:g}")


def options_of(feature: Feature, model: Model) -> ModelOptions:
    """The effective options: those that a feature states, and the model's defaults for the others."""
    stated = {name: getattr(feature, name) for name in ModelOptions.__struct_fields__}
    defaults = defaults_of(model, DEFAULTS if feature.tiles == NO_TILES else DEFAULTS_WITH_TILES)
    return replace(defaults, **{name: value for name, value in stated.items() if value is not UNSET})


def defaults_of(model: Model, general: ModelOptions = DEFAULTS) -> ModelOptions:
    """A model's defaults for options that requests omit.

    Args:
        model: the model.
        general: defaults for options that its sidecar does not state.
    """
    stated = {name: value for name, value in asdict(model.file.sidecar.defaults).items() if value is not None}
    return replace(
        general,
        **{
            # A stated maximum also bounds the general minimum: otherwise they would contradict each other.
            "min_height": min(general.min_height, stated.get("max_height", 1.0)),
            "min_width": min(general.min_width, stated.get("max_width", 1.0)),
            **stated,
        },
    )
