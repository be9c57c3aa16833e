"""Cuts an image into overlapping tiles."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an image, by its sides, in fractions of the image."""

    left: float
    top: float
    right: float
    bottom: float

    def cut_out(self, image_rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], "Region"]:
        """All pixels of an image [h, w, 3] that the region touches, at least one, and the region that they cover."""
        height, width = image_rgb.shape[:2]
        left, right = _pixels(self.left, self.right, width)
        top, bottom = _pixels(self.top, self.bottom, height)
        return image_rgb[top:bottom, left:right], Region(left / width, top / height, right / width, bottom / height)

    def to_image(self, boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
        """Converts boxes [N, 4] from fractions of the region to fractions of the image."""
        size = np.array([self.right - self.left, self.bottom - self.top] * 2)
        return np.asarray(np.minimum(boxes_xyxy * size + np.array([self.left, self.top] * 2), 1.0))

    @property
    def inner_sides(self) -> NDArray[np.bool_]:
        """True for sides [4] that are not the image's own: left, top, right, bottom."""
        return np.array([self.left > 0, self.top > 0, self.right < 1, self.bottom < 1])


WHOLE = Region(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Grid:
    """Tiles of one size that cover an image.

    Attributes:
        columns, rows: the numbers of tiles, 1 or more.
        overlap: the share of a tile's width, and of its height, that it shares with the next, 0..0.5.
    """

    columns: int
    rows: int
    overlap: float

    def regions(self) -> tuple[Region, ...]:
        """The tiles, row by row; empty if the only one is the whole image."""
        if self.columns == self.rows == 1:
            return ()
        across, down = _spans(self.columns, self.overlap), _spans(self.rows, self.overlap)
        return tuple(Region(left, top, right, bottom) for top, bottom in down for left, right in across)

    def tile_size(self, width: int, height: int) -> tuple[int, int]:
        """The width and height of a tile of an image of this size, pixels, rounded up."""
        across, down = _side(self.columns, self.overlap), _side(self.rows, self.overlap)
        return math.ceil(width * across), math.ceil(height * down)


@dataclass(frozen=True, slots=True)
class Tiling:
    """A caller's choice of tiles.

    Attributes:
        overlap: see Grid.
        columns, rows: see Grid; None to choose them by the sizes of image and input.
        max_tiles: the maximum number of tiles if they are chosen.
    """

    overlap: float
    columns: int | None = None
    rows: int | None = None
    max_tiles: int = 0

    @property
    def is_automatic(self) -> bool:
        """True if columns and rows are chosen."""
        return not (self.columns and self.rows)

    @property
    def stated_tiles(self) -> int:
        """The number of tiles; 0 if they are chosen."""
        return len(Grid(self.columns, self.rows, self.overlap).regions()) if self.columns and self.rows else 0

    def grid(self, width: int, height: int, input_width: int, input_height: int) -> Grid:
        """The tiles for an image.

        Tiles that are chosen are no larger than the model's input, so that no detail is lost. If that takes too many,
        they grow until there are `max_tiles` or fewer.

        Args:
            width, height: of the image, pixels.
            input_width, input_height: of the model's input, pixels.
        """
        if self.columns and self.rows:
            return Grid(self.columns, self.rows, self.overlap)
        across, down = width / input_width, height / input_height
        columns, rows = _count(across, self.overlap), _count(down, self.overlap)
        while columns * rows > max(1, self.max_tiles):
            wider = across * _side(max(1, columns - 1), self.overlap)
            higher = down * _side(max(1, rows - 1), self.overlap)
            if columns > 1 and (rows == 1 or wider <= higher):
                columns -= 1
            else:
                rows -= 1
        return Grid(columns, rows, self.overlap)


def _side(count: int, overlap: float) -> float:
    """The length of each of `count` overlapping spans that cover 0 to 1."""
    return 1 / (count - (count - 1) * overlap)


def _count(length: float, overlap: float) -> int:
    """The number of overlapping spans of length 1 that cover a length."""
    return max(1, math.ceil((length - overlap) / (1 - overlap) - 1e-9))


def _spans(count: int, overlap: float) -> list[tuple[float, float]]:
    """The starts and ends of `count` overlapping spans that cover 0 to 1."""
    side = _side(count, overlap)
    step = side * (1 - overlap)
    return [(step * index, 1.0 if index == count - 1 else step * index + side) for index in range(count)]


def _pixels(start: float, end: float, count: int) -> tuple[int, int]:
    """The first of `count` pixels that a span touches, and the one after the last."""
    first = min(int(start * count), count - 1)
    return first, min(count, max(first + 1, math.ceil(end * count - 1e-9)))
