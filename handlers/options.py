"""Translates a request's options into the detector's terms."""

from msgspec import UNSET
from msgspec.structs import asdict, replace

from detector import Criteria, Detector, Model, Query
from schemas import Feature, ModelOptions

# ModelOptions that neither a request nor a model's sidecar states; openapi.yml describes them.
DEFAULTS = ModelOptions(score_th=0.3, nms_iou=0.4, nms="per_class", max_results=20, min_height=0.03, min_width=0.03)


def queries_of(detector: Detector, features: list[Feature]) -> list[Query]:
    """The queries that features ask for, each with its model."""
    models = detector.models  # which may be replaced at any time
    return [query_of(feature, models.choose(feature.model or None, feature.type or None)) for feature in features]


def query_of(feature: Feature, model: Model) -> Query:
    """The query that a feature asks of a model."""
    options = options_of(feature, model)
    criteria = Criteria(
        score=options.score_th,
        width=options.min_width,
        height=options.min_height,
        iou=options.nms_iou,
        per_class=options.nms == "per_class",
        max_results=options.max_results,
    )
    return Query(model, criteria, label=feature.type or None)


def options_of(feature: Feature, model: Model) -> ModelOptions:
    """The options in force: those that a feature states, and the model's defaults for the others."""
    stated = {name: getattr(feature, name) for name in ModelOptions.__struct_fields__}
    return replace(defaults_of(model), **{name: value for name, value in stated.items() if value is not UNSET})


def defaults_of(model: Model) -> ModelOptions:
    """A model's options for requests that omit them."""
    stated = asdict(model.file.sidecar.defaults)
    return replace(DEFAULTS, **{name: value for name, value in stated.items() if value is not None})
