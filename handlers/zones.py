"""Translates a request's zones into the detector's terms."""

import dataclasses
from collections.abc import Iterator

import numpy as np
from msgspec import UNSET

import schemas
from detector import Criteria, LabelRules, UnusableZone, Zone
from handlers.causes import contradiction
from schemas import Fault, Feature
from web.problems.problem import Refusal


def with_zones(criteria: Criteria, feature: Feature, pointer: str) -> Criteria:
    """Adds the zones of a feature to criteria.

    Args:
        criteria: the feature's, without zones.
        feature: the feature.
        pointer: to the feature.

    Raises:
        Refusal: a zone is not a polygon or has another's name, or `only_zones` is set without zones.
    """
    if not feature.zones:
        if feature.only_zones:
            raise contradiction(f"{pointer}/only_zones", "needs zones")
        return criteria
    names = [zone.name for zone in feature.zones]
    zones = []
    for index, stated in enumerate(feature.zones):
        place = f"{pointer}/zones/{index}"
        if stated.name in names[:index]:
            raise unusable(f"{place}/name", "must not be another zone's name")
        try:
            zones.append(zone_of(stated, criteria))
        except UnusableZone as error:
            raise unusable(f"{place}/points", str(error)) from None
    return dataclasses.replace(criteria, zones=tuple(zones), only_zones=feature.only_zones)


def zone_of(stated: schemas.Zone, criteria: Criteria) -> Zone:
    """Converts a zone; rules that it does not state are those of the criteria.

    Raises:
        UnusableZone: its outline is not a polygon.
    """
    rules = criteria.labels
    score, thresholds = criteria.score, dict(rules.thresholds)
    if stated.score_th is not UNSET:
        score, thresholds = stated.score_th, {}
    return Zone(
        name=stated.name,
        outline=np.array([(point.x, point.y) for point in stated.points]),
        inside=stated.inside,
        min_share=stated.min_share,
        score=score,
        labels=LabelRules(
            types=frozenset(stated.types or ()) or rules.types,
            left_out=rules.left_out,
            thresholds=thresholds | (stated.thresholds or {}),
        ),
    )


def labels_of(zone: schemas.Zone) -> Iterator[tuple[str, str]]:
    """Every label that a zone names, with its place in the zone."""
    for index, label in enumerate(zone.types or ()):
        yield f"types/{index}", label
    for label in zone.thresholds or ():
        yield "thresholds/*", label  # does not repeat the sender's label


def unusable(pointer: str, detail: str) -> Refusal:
    """The refusal of a zone."""
    fault = Fault(pointer=pointer, detail=detail)
    return Refusal(422, f"A zone cannot be used: {pointer} {detail}.", [fault], code="unusable-zone")
