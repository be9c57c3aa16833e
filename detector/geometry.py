"""How a picture is laid onto a model's input, and how boxes found there come back."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies on a canvas.

    Attributes:
        width, height: pixels that the picture covers there.
        left, top: pixels of the canvas beside it.
        canvas_width, canvas_height: pixels of the canvas.
    """

    width: int
    height: int
    left: int
    top: int
    canvas_width: int
    canvas_height: int

    def to_canvas(self, boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
        """Boxes [N, 4] from fractions of the picture to fractions of the canvas."""
        return np.asarray((boxes_xyxy * self._picture + self._offset) / self._canvas)

    def to_picture(self, boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
        """Boxes [N, 4] from fractions of the canvas to fractions of the picture; the inverse of to_canvas."""
        return np.asarray((boxes_xyxy * self._canvas - self._offset) / self._picture)

    @property
    def _picture(self) -> NDArray[np.float64]:
        return np.array([self.width, self.height] * 2, np.float64)

    @property
    def _offset(self) -> NDArray[np.float64]:
        return np.array([self.left, self.top] * 2, np.float64)

    @property
    def _canvas(self) -> NDArray[np.float64]:
        return np.array([self.canvas_width, self.canvas_height] * 2, np.float64)


def stretch(canvas_width: int, canvas_height: int) -> Placement:
    """The picture fills the canvas, whatever its proportions."""
    return Placement(canvas_width, canvas_height, 0, 0, canvas_width, canvas_height)


def corner(width: int, height: int, canvas_width: int, canvas_height: int) -> Placement:
    """The picture keeps its proportions, is as large as fits and lies in the canvas's top left corner.

    Args:
        width, height: of the picture, pixels, 1 or more.
        canvas_width, canvas_height: of the canvas, pixels, 1 or more.
    """
    scale = min(canvas_width / width, canvas_height / height)
    placed_width = max(1, round(width * scale))
    placed_height = max(1, round(height * scale))
    return Placement(placed_width, placed_height, 0, 0, canvas_width, canvas_height)


def letterbox(width: int, height: int, canvas_width: int, canvas_height: int) -> Placement:
    """As in `corner`, but the picture touches two sides of the canvas and is centred between the others."""
    placed = corner(width, height, canvas_width, canvas_height)
    return replace(placed, left=(canvas_width - placed.width) // 2, top=(canvas_height - placed.height) // 2)


def from_centres(boxes_cxcywh: NDArray[np.floating]) -> NDArray[np.floating]:
    """Boxes [N, 4] given by centre, width and height, as left, top, right and bottom."""
    centres, halves = boxes_cxcywh[:, :2], boxes_cxcywh[:, 2:] / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)


def clip(boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    """Boxes [N, 4] in fractions, cut off at the picture's edges."""
    return np.asarray(np.clip(boxes_xyxy, 0.0, 1.0), np.float64)


def iou(box_xyxy: NDArray[np.floating], boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union, 0..1, of one box [4] with each of many [N, 4]; 0 where both are empty."""
    shared = intersection(box_xyxy, boxes_xyxy)
    union = area(box_xyxy) + area(boxes_xyxy) - shared
    ratios = np.divide(shared, union, out=np.zeros(len(boxes_xyxy)), where=union > 0)
    return np.asarray(np.minimum(ratios, 1.0))


def intersection(box_xyxy: NDArray[np.floating], boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    """The areas [N] that one box [4] shares with each of many [N, 4]."""
    low = np.maximum(box_xyxy[:2], boxes_xyxy[:, :2])
    high = np.minimum(box_xyxy[2:], boxes_xyxy[:, 2:])
    return np.asarray(np.prod(np.maximum(high - low, 0.0), axis=1), np.float64)


def area(boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    """Areas of boxes [..., 4]; 0 for an inverted box."""
    sides = np.maximum(boxes_xyxy[..., 2:] - boxes_xyxy[..., :2], 0.0)
    return np.asarray(sides[..., 0] * sides[..., 1], np.float64)
