"""A page of photos with boxes drawn on them, to look at what was read or found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.letterboxing import letterbox

SIDE = 240
PHOTOS_PER_PAGE = 24
PHOTOS_PER_ROW = 6
LABELLED, FOUND = (255, 255, 255), (40, 220, 40)


@dataclass(frozen=True)
class Mark:
    """A box to draw.

    Attributes:
        box_xyxy: float [4], pixels of the photo.
        colour: red, green, blue, 0..255.
        text: written above the box.
    """

    box_xyxy: NDArray[np.floating]
    colour: tuple[int, int, int]
    text: str = ""


def draw_tile(pixels: NDArray[np.uint8], marks: Iterable[Mark]) -> NDArray[np.uint8]:
    """A letterboxed photo uint8 [SIDE, SIDE, 3] with boxes."""
    height, width = pixels.shape[:2]
    tile, placement = letterbox(pixels, SIDE)
    for mark in marks:
        box = placement.to_canvas(mark.box_xyxy[None] / np.array([width, height, width, height]))[0] * SIDE
        x0, y0, x1, y1 = (round(float(value)) for value in box)
        cv2.rectangle(tile, (x0, y0), (x1, y1), mark.colour, 1)
        at = (x0, max(10, y0 - 2))
        cv2.putText(tile, mark.text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.35, mark.colour, 1, cv2.LINE_AA)
    return tile


def join_tiles(tiles: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """One image with PHOTOS_PER_ROW tiles in each row; the last row is filled up with black."""
    filled = [*tiles, *[np.zeros((SIDE, SIDE, 3), np.uint8)] * (-len(tiles) % PHOTOS_PER_ROW)]
    rows = [np.hstack(filled[row : row + PHOTOS_PER_ROW]) for row in range(0, len(filled), PHOTOS_PER_ROW)]
    return np.vstack(rows)


def to_jpeg(pixels: NDArray[np.uint8], quality: int = 85) -> bytes:
    """RGB pixels as a JPEG file."""
    _, packed = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return packed.tobytes()
