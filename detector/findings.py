"""The objects found in an image, merged from several queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from detector.boxes import Candidates, Criteria, Dropped, in_zones
from detector.images import Grid
from detector.serving import Model

ZoneNames = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueryStats:
    """The steps that led to one query's result.

    Attributes:
        model: the model's name.
        candidates: the number of boxes that it proposed.
        dropped: the number of them that each filter dropped.
        grid: the tiles that it was run on, besides the whole image.
    """

    model: str
    candidates: int
    dropped: Dropped
    grid: Grid


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """The objects found in one image: N of them, best score first.

    Attributes:
        width, height: of the upright image, pixels.
        boxes_xyxy: [N, 4] left, top, right, bottom, fractions of the upright image, 0..1.
        scores: [N] 0..1.
        labels: [N] one per object.
        models: [N] the name of the model that found each.
        zones: [N] the names of the zones that each lies in; None if no query has zones.
        stats: one per query, in order.
    """

    width: int
    height: int
    boxes_xyxy: NDArray[np.float64]
    scores: NDArray[np.float64]
    labels: tuple[str, ...]
    models: tuple[str, ...]
    zones: tuple[ZoneNames, ...] | None
    stats: tuple[QueryStats, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One query's result.

    Attributes:
        model: the model.
        kept: the objects, best score first.
        zones: the names of the zones that each lies in; None if the query has no zones.
        stats: the steps that led to it.
    """

    model: Model
    kept: Candidates
    zones: list[ZoneNames] | None
    stats: QueryStats


def zone_names(kept: Candidates, criteria: Criteria, labels: Sequence[str]) -> list[ZoneNames] | None:
    """The names of the zones that each object lies in; None if the criteria have no zones."""
    if not criteria.zones:
        return None
    names = [zone.name for zone in criteria.zones]
    return [tuple(compress(names, inside)) for inside in in_zones(kept, criteria.zones, labels).tolist()]


def merge(width: int, height: int, answers: Sequence[Answer]) -> Findings:
    """Merges the answers for an image of this size. Shared objects are listed once, with the zones of all queries."""
    stats = tuple(answer.stats for answer in answers)
    answers = list({id(answer.kept): answer for answer in answers}.values())  # those who want the same share one
    boxes_xyxy = np.concatenate([answer.kept.boxes_xyxy for answer in answers])
    scores = np.concatenate([answer.kept.scores for answer in answers])
    ids: dict[tuple[str, str], int] = {}
    by_model = {model: _name_ids(model, ids) for model in dict.fromkeys(answer.model for answer in answers)}
    name_ids = np.concatenate([by_model[answer.model][answer.kept.class_ids] for answer in answers])
    names = list(ids)
    zones = None
    if any(answer.zones is not None for answer in answers):
        zones = [each for answer in answers for each in answer.zones or [()] * len(answer.kept)]
    if len(answers) > 1:  # one answer is sorted already
        keys = _keys(boxes_xyxy, scores, name_ids)
        ranked = np.argsort(-scores, kind="stable").tolist()
        ranked.reverse()
        first = list(dict(zip([keys[each] for each in ranked], ranked, strict=True)).values())[::-1]
        boxes_xyxy, scores, name_ids = boxes_xyxy[first], scores[first], name_ids[first]
        zones = zones and _join_zones([keys[each] for each in first], keys, zones)
    labels_and_models = [names[each] for each in name_ids.tolist()]
    return Findings(
        width=width,
        height=height,
        boxes_xyxy=boxes_xyxy,
        scores=scores,
        labels=tuple(label for label, _ in labels_and_models),
        models=tuple(model for _, model in labels_and_models),
        zones=None if zones is None else tuple(zones),
        stats=stats,
    )


def _name_ids(model: Model, ids: dict[tuple[str, str], int]) -> NDArray[np.intp]:
    """The ids [classes] of a model's labels, each with the model's name; adds to `ids` what it lacks."""
    return np.array([ids.setdefault((label, model.name), len(ids)) for label in model.family.labels], np.intp)


def _keys(boxes_xyxy: NDArray[np.float64], scores: NDArray[np.float64], name_ids: NDArray[np.intp]) -> list[bytes]:
    """A key for each of N objects. Those that are the same have the same key."""
    rows = np.column_stack([boxes_xyxy, scores, name_ids]) + 0.0  # -0.0 becomes 0.0, which equals it
    keys: list[bytes] = rows.view(f"V{rows.itemsize * rows.shape[1]}").ravel().tolist()
    return keys


def _join_zones(objects: Sequence[object], found: Sequence[object], zones: Sequence[ZoneNames]) -> list[ZoneNames]:
    """The zones of each distinct object, from the zones of all that was found, duplicates included."""
    names: dict[object, dict[str, None]] = {each: {} for each in objects}
    for each, its in zip(found, zones, strict=True):
        names[each].update(dict.fromkeys(its))
    return [tuple(names[each]) for each in objects]
