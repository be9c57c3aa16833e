"""Places the labels of objects on an image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.boxes import area
from detector.drawing import lettering

MIN_LETTERS = 8  # pixels; smaller ones cannot be read
MIN_SHARE = 0.65  # of the usual size: labels of small objects would otherwise cover their neighbours
ROOM = 1.3  # height of a tag, as a multiple of its letters'
HIDING = 4  # weight of covering a label, against covering an object


@dataclass(frozen=True, slots=True)
class Tag:
    """A label at a box.

    Attributes:
        left, top, width, height: its place within the image, pixels.
        text: as much as fits, in the order in which it is drawn; may be empty.
        size: of its letters, pixels.
    """

    left: int
    top: int
    width: int
    height: int
    text: str
    size: int


class Tags:
    """Finds places at the boxes that cover the least of the objects and of the labels placed before."""

    def __init__(self, boxes_xyxy: NDArray[np.integer], width: int, height: int, size: int, margin: int) -> None:
        """Places no label yet.

        Args:
            boxes_xyxy: all boxes of the image, [N, 4], pixels.
            width, height: of the image, pixels.
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
        """Places an object's label, and shortens it if the image is too narrow."""
        size = self._size_for(box_xyxy)
        text, size = lettering.fit(text, size, self._width - 2 * self._margin, MIN_LETTERS)
        width = lettering.width_of(text, size) + 2 * self._margin if text else 0
        height = min(self._height, round(size * ROOM))
        places_xyxy = self._places(box_xyxy, width, height)
        place = places_xyxy[self._hidden(places_xyxy).argmin()]
        self._taken_xyxy = np.vstack([self._taken_xyxy, place])
        return Tag(int(place[0]), int(place[1]), width, height, text, size)

    def _size_for(self, box_xyxy: NDArray[np.integer]) -> int:
        shorter_side = min(box_xyxy[2] - box_xyxy[0], box_xyxy[3] - box_xyxy[1])
        share = float(np.clip(shorter_side / (3 * self._size), MIN_SHARE, 1.0))
        return max(MIN_LETTERS, round(self._size * share))

    def _places(self, box_xyxy: NDArray[np.integer], width: int, height: int) -> NDArray[np.float64]:
        """Rectangles [8, 4] within the image: above a box, inside it, below it; at its left, then at its right."""
        left, top, right, bottom = map(int, box_xyxy)
        corners = [
            (max(0, min(x, self._width - width)), max(0, min(y, self._height - height)))
            for y in (top - height, top, bottom, bottom - height)
            for x in (left, right - width)
        ]
        return np.array([(x, y, x + width, y + height) for x, y in corners], np.float64)

    def _hidden(self, places_xyxy: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each place, the shares of all boxes that a tag covers there, and its share that lies on other tags."""
        objects = _intersections(places_xyxy, self._boxes_xyxy) / self._areas
        names = _intersections(places_xyxy, self._taken_xyxy) / np.maximum(1.0, area(places_xyxy))[:, None]
        return np.asarray(objects.sum(axis=1) + HIDING * names.sum(axis=1))


def _intersections(places_xyxy: NDArray[np.float64], others_xyxy: NDArray[np.float64]) -> NDArray[np.float64]:
    """The areas [N, M] that rectangles [N, 4] share with others [M, 4]."""
    left, top, right, bottom = places_xyxy.T[..., None]
    other_left, other_top, other_right, other_bottom = others_xyxy.T
    widths = np.minimum(right, other_right) - np.maximum(left, other_left)
    heights = np.minimum(bottom, other_bottom) - np.maximum(top, other_top)
    return np.asarray(np.maximum(widths, 0.0) * np.maximum(heights, 0.0))
