"""The options of a request, and those in force once a model is chosen."""

from collections.abc import Sequence

from msgspec import UNSET
from msgspec.structs import asdict, replace

from detector import Model, Tiling
from handlers.causes import contradiction
from schemas import (
    Feature,
    ModelOptions,
    PredictImageParametersQuery,
    PredictRequest,
    UploadRequest,
)

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
MAX_RESULTS = 300  # the contract's limit


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


def tiling_of(feature: Feature) -> Tiling | None:
    """The tiles that a feature asks for, `auto` without a maximum; None if it asks for none."""
    if feature.tiles == NO_TILES:
        return None
    if feature.tiles == AUTO:
        return Tiling(feature.tile_overlap)
    columns, _, rows = feature.tiles.partition("x")
    return Tiling(feature.tile_overlap, int(columns), int(rows))


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


def any_size(**options: float) -> Feature:
    """A feature without a minimum size, which other services lack."""
    return replace(Feature(), min_width=0.0, min_height=0.0, **options)
