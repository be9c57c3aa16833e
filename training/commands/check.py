"""``check``: reports how a data set would be read, with a page of its photos."""

# ruff: noqa: PLC0415  # see commands

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.commands.arguments import add_format, warn

if TYPE_CHECKING:
    from training.commands.arguments import Subparsers
    from training.data import Dataset, Photo

COLOURS = ((255, 255, 255), (40, 220, 40), (255, 200, 0), (80, 200, 255), (255, 110, 180), (190, 140, 255))


def add_to(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = subparsers.add_parser("check", help="say what would be read from a data set, with a page of its photos")
    parser.set_defaults(run=run)
    parser.add_argument("data", type=Path, help="folder of labelled photos, or its annotation file")
    parser.add_argument("--picture", type=Path, default=Path("runs", "check.jpg"), help="the page (%(default)s)")
    add_format(parser)


def run(arguments: argparse.Namespace) -> None:
    """Prints and draws the data set as it would be read."""
    from training.data import Reading, join_tiles, read_dataset, to_jpeg
    from training.files import replace_file

    dataset = read_dataset(arguments.data, Reading(format=arguments.format))
    warn(dataset.warnings)
    print(f"format: {dataset.format}")
    for part, photos in (("to learn from", dataset.train), ("to measure on", dataset.val)):
        ignored = sum(len(photo.class_ids) - photo.objects for photo in photos)
        print(
            f"{part}: {len(photos)} photos, {sum(photo.objects == 0 for photo in photos)} of them without objects, "
            f"{sum(photo.objects for photo in photos)} boxes" + (f", {ignored} more to ignore" if ignored else "")
        )
    train, val = dataset.counts(dataset.train), dataset.counts(dataset.val)
    for index, name in enumerate(dataset.names):
        print(f"  {index} {name}: {train[name]} boxes to learn from, {val[name]} to measure on")
    replace_file(arguments.picture, to_jpeg(join_tiles([_tile(photo, dataset) for photo in _shown(dataset)])))
    print(f"page of photos: {arguments.picture}")


def _shown(dataset: Dataset) -> list[Photo]:
    """Photos for the page, those with objects first, from all over the set."""
    from training.data import PHOTOS_PER_PAGE

    photos = [*dataset.train, *dataset.val]
    photos = [photo for photo in photos if photo.objects] or photos
    chosen = np.linspace(0, len(photos) - 1, min(PHOTOS_PER_PAGE, len(photos))).astype(int)
    return [photos[index] for index in chosen]


def _tile(photo: Photo, dataset: Dataset) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    from training.data import IGNORED, Mark, draw_tile

    marks = []
    for box, class_id in zip(photo.boxes_xyxy, photo.class_ids.tolist(), strict=True):
        text = "ignored" if class_id == IGNORED else dataset.names[class_id]
        marks.append(Mark(box, COLOURS[class_id % len(COLOURS)], text))
    return draw_tile(photo.pixels, marks)
