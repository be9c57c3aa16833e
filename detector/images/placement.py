"""Places an image on a model's input, and maps boxes found there back."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of an image on a canvas.

    Attributes:
        width, height: of the image on the canvas, pixels.
        left, top: of the image on the canvas, pixels.
        canvas_width, canvas_height: of the canvas, pixels.
    """

    width: int
    height: int
    left: int
    top: int
    canvas_width: int
    canvas_height: int

    def to_canvas(self, boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
        """Converts boxes [N, 4] from fractions of the image to fractions of the canvas."""
        return np.asarray((boxes_xyxy * self._size + self._offset) / self._canvas)

    def to_image(self, boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
        """Converts boxes [N, 4] from fractions of the canvas to fractions of the image; the inverse of to_canvas."""
        return np.asarray((boxes_xyxy * self._canvas - self._offset) / self._size)

    @property
    def _size(self) -> NDArray[np.float64]:
        return np.array([self.width, self.height] * 2, np.float64)

    @property
    def _offset(self) -> NDArray[np.float64]:
        return np.array([self.left, self.top] * 2, np.float64)

    @property
    def _canvas(self) -> NDArray[np.float64]:
        return np.array([self.canvas_width, self.canvas_height] * 2, np.float64)


def stretch(_width: int, _height: int, canvas_width: int, canvas_height: int) -> Placement:
    """Places an image so that it fills the canvas, whatever its proportions."""
    return Placement(canvas_width, canvas_height, 0, 0, canvas_width, canvas_height)


def corner(width: int, height: int, canvas_width: int, canvas_height: int) -> Placement:
    """Places an image in the top left corner of the canvas, as large as its proportions allow.

    Args:
        width, height: of the image, pixels, 1 or more.
        canvas_width, canvas_height: of the canvas, pixels, 1 or more.
    """
    scale = min(canvas_width / width, canvas_height / height)
    placed_width = max(1, round(width * scale))
    placed_height = max(1, round(height * scale))
    return Placement(placed_width, placed_height, 0, 0, canvas_width, canvas_height)


def letterbox(width: int, height: int, canvas_width: int, canvas_height: int) -> Placement:
    """Places an image as `corner` does, but centred between the two sides of the canvas that it does not touch."""
    placed = corner(width, height, canvas_width, canvas_height)
    return replace(placed, left=(canvas_width - placed.width) // 2, top=(canvas_height - placed.height) // 2)
