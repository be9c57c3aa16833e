"""Options that cost the most, in every combination: features, zones, tiles, and bounds that keep every box."""

import json
from base64 import b64encode
from collections.abc import Iterator
from itertools import product
from math import cos, pi, sin
from random import Random
from typing import Any

from tests.support.hostile_requests.request import Hostile, post

FEATURES, ZONES, CORNERS, PHOTOS = 16, 16, 64, 64  # the contract's limits
COUNT = 16  # requests, each of which takes as long as a hundred others
EVERYTHING = {"score_th": 0, "min_height": 0, "min_width": 0}
OVERLAPS: tuple[dict[str, Any], ...] = tuple(
    {"nms_iou": iou, "nms": nms} for iou, nms in product((0, 0.4, 0.99, 1), ("per_class", "agnostic"))
)
TILES: tuple[dict[str, Any], ...] = (
    {},
    {"tiles": "2x1"},
    {"tiles": "8x8", "tile_overlap": 0.5},
    {"tiles": "64x1"},
    {"tiles": "auto", "tile_overlap": 0.5},
)
SHAPES: tuple[dict[str, Any], ...] = (
    {},
    {"only_zones": True},
    {"score_th": 1},  # only what the zones' own thresholds admit
    {"score_th": 1, "only_zones": True},
)
WAYS = ("the same", "thresholds", "sizes", "labels")


def star(corners: int, size: float = 0.5) -> list[dict[str, float]]:
    """A polygon whose sides cross most lines many times."""
    angles = [2 * pi * index / corners for index in range(corners)]
    radii = [size if index % 2 else size / 5 for index in range(corners)]
    return [
        {"x": round(0.5 + radius * cos(angle), 6), "y": round(0.5 + radius * sin(angle), 6)}
        for angle, radius in zip(angles, radii, strict=True)
    ]


def zones(random: Random) -> list[dict[str, Any]]:
    """As many zones with as many corners as are allowed, with rules of their own."""
    inside = random.choice(["center", "overlap", "whole"])
    size = random.choice([0.5, 0.05])
    return [
        {"name": f"zone {index}", "points": star(CORNERS, size), "inside": inside, "score_th": index / 1e6}
        for index in range(ZONES)
    ]


def differing(way: str, index: int) -> dict[str, Any]:
    """Options by which a feature differs from the others."""
    if way == "thresholds":
        return {"score_th": index / 1e6}
    if way == "sizes":
        return {"min_height": index / 100, "max_height": (index + 1) / 100}
    if way == "labels":
        return {"types": ["safetycone"] * 100, "thresholds": {"safetycone": index / 1e6}}
    return {}


def variants(random: Random, photo: bytes) -> Iterator[Hostile]:
    """Batches of every kind, each of one photo with all features or of many with some."""
    content = b64encode(photo).decode()
    every = list(product(OVERLAPS, TILES, SHAPES, WAYS))
    for number, (overlap, tiles, shape, way) in enumerate(random.sample(every, COUNT)):
        features = [
            EVERYTHING | {"maxResults": 300 - index, "explain": True} | overlap | tiles | differing(way, index) | shape
            for index in range(FEATURES)
        ]
        if shape:
            its = zones(random)
            features = [each | {"zones": its} for each in features]
        entry = {"image": {"content": content}, "features": features}
        name = f"options {number}: {overlap} {tiles} {shape} {way}"
        yield Hostile(name, posted([entry]), photos=2 if tiles else 1)  # 64 runs of the model cost half as much
    for way in ("thresholds", "sizes"):
        features = [
            EVERYTHING | {"maxResults": 300, "nms_iou": 0.99, "units": "pixel"} | differing(way, index)
            for index in range(FEATURES)
        ]
        batch = [{"image": {"content": content}, "features": features}] * PHOTOS
        yield Hostile(f"{PHOTOS} photos, {way}", posted(batch), photos=3)  # what is not for the model costs two photos


def posted(entries: list[dict[str, Any]]) -> bytes:
    """A batch as a request."""
    return post("/", "application/json", json.dumps({"requests": entries}).encode())
