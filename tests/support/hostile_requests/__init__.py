"""Hostile requests by kind: attempts to make the service fail, stall or leak."""

from collections.abc import Callable, Iterator
from random import Random

from tests.support.hostile_requests import documents, encodings, forms, framing, heads, photos, queries
from tests.support.hostile_requests.request import Hostile

GENERATORS: dict[str, Callable[[Random, bytes], Iterator[Hostile]]] = {
    "photos": photos.variants,
    "documents": documents.variants,
    "forms": forms.variants,
    "queries": queries.variants,
    "encodings": encodings.variants,
    "heads": heads.variants,
    "framing": framing.variants,
}


def requests(kind: str, seed: int, photo: bytes) -> Iterator[Hostile]:
    """The requests of a kind, the same ones for the same seed and photo."""
    return GENERATORS[kind](Random(f"{seed} {kind}"), photo)
