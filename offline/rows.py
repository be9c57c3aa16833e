"""What a file of results consists of: a header, then a row for each photo."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

import schemas
from detector import Model, Query
from handlers.models import describe
from schemas import BatchResult, Feature


class Row(BatchResult, frozen=True, kw_only=True):
    """A photo's name, and what a batch answers for it: what was found, or the error that stands in for that."""

    photo: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What the results depend on beside the photos.

    Attributes:
        contract: the version of the contract, which describes the members of features, models and rows.
        features: what is looked for.
        models: those that look.
    """

    contract: str
    features: list[Feature]
    models: list[schemas.Model]


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a file of results."""

    run: Run


class Outcome(NamedTuple):
    """What became of a photo.

    Attributes:
        photo: its name.
        row: as JSON.
        found: the number of detections.
        error: why there are none; empty if the photo was looked at.
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
    """What became of a photo, by its result. The row begins with the photo's name, for people who look at it."""
    row = b'{"photo":%b,%b' % (msgspec.json.encode(photo), msgspec.json.encode(result)[1:])
    error = result.error.detail if result.error else ""
    return Outcome(photo, row, len(result.normalized_vertices or ()), error)
