"""The content of a results file: a header, then a row per photo."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

import schemas
from detector import Model, Query
from handlers.models import describe
from schemas import BatchResult, Feature


class Row(BatchResult, frozen=True, kw_only=True):
    """A photo's name, and the result that a batch has for it: detections, or an error instead."""

    photo: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs of the results besides the photos.

    Attributes:
        contract: the version of the contract, which describes the members of features, models and rows.
        features: the options for each photo.
        models: the models that were run.
    """

    contract: str
    features: list[Feature]
    models: list[schemas.Model]


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a file of results."""

    run: Run


class Outcome(NamedTuple):
    """The outcome for a photo.

    Attributes:
        photo: its name.
        row: as JSON.
        found: the number of detections.
        error: the reason why there are none; empty if the photo was processed.
    """

    photo: str
    row: bytes
    found: int
    error: str


def header(contract: str, features: list[Feature], queries: Iterable[Query]) -> bytes:
    """The header of a run, as JSON."""
    models: list[Model] = list(dict.fromkeys(query.model for query in queries))
    run = Run(contract=contract, features=features, models=[describe(model) for model in models])
    return msgspec.json.encode(Header(run=run))


def outcome(photo: str, result: BatchResult) -> Outcome:
    """The outcome for a photo with a result. The row begins with the photo's name, for human readers."""
    row = b'{"photo":%b,%b' % (msgspec.json.encode(photo), msgspec.json.encode(result)[1:])
    error = result.error.detail if result.error else ""
    return Outcome(photo, row, len(result.normalized_vertices or ()), error)
