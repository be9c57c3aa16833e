"""Where an image lies on a model's input, and how boxes found there are mapped back."""

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


def stretch(_width: int, _height: int, canvas_width: int, canvas_height: int) -> Placement:
    """The image fills the canvas, whatever its proportions."""
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
