"""Where the names of found objects go on a picture."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import area, intersection
from detector.drawing import lettering

LEAST_LETTERS = 8  # pixels; smaller ones cannot be read
LEAST_SHARE = 0.65  # of the usual size, for the names of small objects, which would else cover their neighbours
ROOM = 1.3  # a tag's height, as a multiple of its letters'
HIDING = 4  # how much worse it is to hide a part of a name than the same part of an object


@dataclass(frozen=True, slots=True)
class Tag:
    """A name at a box.

    Attributes:
        left, top, width, height: where it lies, pixels, within the picture.
        text: what fits there, in the order in which it is drawn; may be empty.
        size: of its letters, pixels.
    """

    left: int
    top: int
    width: int
    height: int
    text: str
    size: int


class Tags:
    """Finds places at the boxes that hide the least of the objects and of the names that have a place already."""

    def __init__(self, boxes_xyxy: NDArray[np.integer], width: int, height: int, size: int, margin: int) -> None:
        """No names yet.

        Args:
            boxes_xyxy: all boxes of the picture, [N, 4], pixels.
            width, height: of the picture, pixels.
            size: of the letters, pixels.
            margin: beside the letters, pixels.
        """
        self._boxes_xyxy = boxes_xyxy.astype(float)
        self._areas = np.maximum(area(self._boxes_xyxy), 1.0)
        self._width = width
        self._height = height
        self._size = size
        self._margin = margin
        self._taken_xyxy = np.empty((0, 4))

    def place(self, box_xyxy: NDArray[np.integer], text: str) -> Tag:
        """The tag of an object's text; the text is shortened where the picture is too narrow for it."""
        size = self._size_for(box_xyxy)
        text, size = lettering.fitted(text, size, self._width - 2 * self._margin, LEAST_LETTERS)
        width = lettering.width_of(text, size) + 2 * self._margin if text else 0
        height = min(self._height, round(size * ROOM))
        place = min(self._places(box_xyxy, width, height), key=self._hidden)
        self._taken_xyxy = np.vstack([self._taken_xyxy, place])
        return Tag(int(place[0]), int(place[1]), width, height, text, size)

    def _size_for(self, box_xyxy: NDArray[np.integer]) -> int:
        shorter_side = min(box_xyxy[2] - box_xyxy[0], box_xyxy[3] - box_xyxy[1])
        share = float(np.clip(shorter_side / (3 * self._size), LEAST_SHARE, 1.0))
        return max(LEAST_LETTERS, round(self._size * share))

    def _places(self, box_xyxy: NDArray[np.integer], width: int, height: int) -> Iterator[NDArray[np.float64]]:
        """Rectangles at a box that lie within the picture: above it, inside, below it; at its left, then its right."""
        left, top, right, bottom = map(int, box_xyxy)
        for y in (top - height, top, bottom, bottom - height):
            for x in (left, right - width):
                x_inside, y_inside = max(0, min(x, self._width - width)), max(0, min(y, self._height - height))
                yield np.array([x_inside, y_inside, x_inside + width, y_inside + height], np.float64)

    def _hidden(self, place_xyxy: NDArray[np.float64]) -> float:
        """How much a tag would hide: the shares of all boxes, and its own share that lies on other tags."""
        objects = intersection(place_xyxy, self._boxes_xyxy) / self._areas
        names = intersection(place_xyxy, self._taken_xyxy) / max(1.0, float(area(place_xyxy)))
        return float(objects.sum() + HIDING * names.sum())
