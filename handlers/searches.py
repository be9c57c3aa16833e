"""Searches: the features of a photo, each with the model that answers it."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detector import Criteria, Detector, LabelRules, Model, Query, Tiling, UnknownLabel
from handlers import zones
from handlers.causes import contradiction, detail_of_error
from handlers.options import options_of, tiling_of
from schemas import Fault, Feature, ModelOptions
from web.problems.problem import Refusal


@dataclass(frozen=True, slots=True)
class Search:
    """A feature with the model that answers it.

    Attributes:
        feature: the options that a caller states.
        pointer: to the feature in the body, as a JSON Pointer.
        model: the model.
        options: the options in force: the feature's, and the model's defaults for the others.
        tiling: the tiles that it asks for, `auto` still without a maximum; None for none.
    """

    feature: Feature
    pointer: str
    model: Model
    options: ModelOptions
    tiling: Tiling | None

    def query(self, max_tiles: int = 0) -> Query:
        """The query of the model.

        Args:
            max_tiles: maximum number of tiles for `auto`.

        Raises:
            Refusal: the feature contradicts itself, or has a zone that cannot be used.
        """
        feature, options = self.feature, self.options
        rules = LabelRules(
            types=frozenset([*([feature.type] if feature.type else []), *(feature.types or ())]),
            left_out=frozenset(feature.except_ or ()),
            thresholds=feature.thresholds or {},
        )
        self._check(rules)
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
        tiling = dataclasses.replace(self.tiling, max_tiles=max_tiles) if self.tiling else None
        return Query(self.model, zones.with_zones(criteria, feature, self.pointer), tiling)

    def _check(self, rules: LabelRules) -> None:
        """Raises a Refusal if no object could meet the options."""
        options = self.options
        if rules.left_out and not any(rules.counts(label) for label in self.model.labels):
            raise contradiction(f"{self.pointer}/except", "must leave a label to look for")
        for name, lowest, highest in (
            ("height", options.min_height, options.max_height),
            ("width", options.min_width, options.max_width),
        ):
            if lowest > highest:
                raise contradiction(
                    f"{self.pointer}/max_{name}", f"must not be less than min_{name}, which is {lowest:g}"
                )


def searches_of(detector: Detector, features: Sequence[Feature], place: str = "") -> list[Search]:
    """The searches for the features of one photo.

    Args:
        detector: has the models.
        features: one or more.
        place: of the list of features in the body, as a JSON Pointer; empty if there is one feature, the body itself.

    Raises:
        UnknownModel: a feature's model is not loaded.
        Refusal: the features ask for different units, or one names an unknown label.
    """
    if len({feature.units for feature in features}) > 1:
        raise Refusal(
            422, "The features of one photo ask for different units: ask for the same in each.", code="mixed-units"
        )
    models = detector.models  # read once, since they may be replaced at any time
    searches = []
    for index, feature in enumerate(features):
        pointer = f"#{place}/{index}" if place else "#"
        named = list(labels_of(feature))
        try:
            model = models.choose(feature.model or None, [label for _, label in named])
        except UnknownLabel as error:
            detail = detail_of_error(error)
            faults = [Fault(pointer=f"{pointer}/{at}", detail=detail) for at, label in named if label in error.labels]
            raise Refusal(422, detail, faults, code="unknown-label") from None
        searches.append(Search(feature, pointer, model, options_of(feature, model), tiling_of(feature)))
    return searches


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
