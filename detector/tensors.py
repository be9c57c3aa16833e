"""What goes into a model and what comes out, as numbers with a meaning."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.geometry import Placement
from detector.sidecar import Normalisation
from detector.sources import Source


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output of a model file.

    Attributes:
        index: its number in the file.
        name: its name in the file.
        shape: its dimensions.
        dtype: how its numbers are stored.
        scale, zero_point: real = (stored - zero_point) * scale; scale 0 where it is not quantised.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float
    zero_point: int

    @classmethod
    def from_details(cls, details: dict[str, Any]) -> "Tensor":
        """From an entry of the interpreter's get_input_details() or get_output_details()."""
        scale, zero_point = details["quantization"]
        shape = tuple(int(size) for size in details["shape"])
        return cls(int(details["index"]), details["name"], shape, np.dtype(details["dtype"]), scale, zero_point)

    @property
    def dimensions(self) -> str:
        """The shape as people write it."""
        return "x".join(map(str, self.shape)) or "a number"

    def real(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """What stored numbers mean."""
        numbers = stored.astype(np.float32)
        return np.asarray((numbers - self.zero_point) * np.float32(self.scale)) if self.scale else numbers


def tensors(details: Iterable[dict[str, Any]]) -> tuple[Tensor, ...]:
    """From the interpreter's get_input_details() or get_output_details(), in their order."""
    return tuple(map(Tensor.from_details, details))


@dataclass(frozen=True, slots=True)
class ImageInput:
    """A model's input [1, height, width, 3] or [1, 3, height, width], and what its numbers stand for.

    Attributes:
        tensor: the input.
        normalisation: what the model was trained on; None for an input that takes pixels as they are.
        normalisation_from: where that stands.
        padding: grey level, 0..255, beside a picture that does not fill it.
        bgr: whether blue comes first.
        averages_from: how many times larger, both ways, a picture must be for its pixels to be averaged.
    """

    tensor: Tensor
    normalisation: Normalisation | None
    normalisation_from: Source = "family"
    padding: int = 114
    bgr: bool = False
    averages_from: int = 2

    @property
    def channels_first(self) -> bool:
        """Whether the shape is [1, 3, height, width]."""
        return self.tensor.shape[3] != 3

    @property
    def height(self) -> int:
        """Rows, pixels."""
        return self.tensor.shape[2 if self.channels_first else 1]

    @property
    def width(self) -> int:
        """Columns, pixels."""
        return self.tensor.shape[3 if self.channels_first else 2]

    @property
    def smaller_side(self) -> int:
        """Rows or columns, whichever are fewer, pixels."""
        return min(self.width, self.height)

    def fill(self, image_rgb: NDArray[np.uint8], placement: Placement) -> NDArray[Any]:
        """The tensor that shows a picture [h, w, 3] at its place."""
        canvas = self._canvas(image_rgb, placement)
        if self.bgr:
            canvas = np.ascontiguousarray(canvas[:, :, ::-1])
        numbers = np.asarray(cv2.LUT(canvas, self._meanings()))
        if self.channels_first:
            numbers = np.ascontiguousarray(numbers.transpose(2, 0, 1))
        return numbers[np.newaxis]

    def _canvas(self, image_rgb: NDArray[np.uint8], placement: Placement) -> NDArray[np.uint8]:
        picture = resized(image_rgb, placement.width, placement.height, self.averages_from)
        if picture.shape[:2] == (self.height, self.width):
            return picture
        canvas = np.full((self.height, self.width, 3), self.padding, np.uint8)
        rows = slice(placement.top, placement.top + placement.height)
        columns = slice(placement.left, placement.left + placement.width)
        canvas[rows, columns] = picture
        return canvas

    def _meanings(self) -> NDArray[Any]:
        """What each pixel value, 0 to 255, becomes in the tensor: [1, 256, 1], or [1, 256, 3] for three channels."""
        pixels = np.arange(256, dtype=np.float64).reshape(1, 256, 1)
        if self.normalisation:
            pixels = (pixels - np.array(self.normalisation.mean)) / np.array(self.normalisation.std)
        if not np.issubdtype(self.tensor.dtype, np.integer):
            return pixels.astype(self.tensor.dtype)
        limits = np.iinfo(self.tensor.dtype)
        pixels = pixels / self.tensor.scale + self.tensor.zero_point if self.normalisation else pixels + limits.min
        return np.clip(np.rint(pixels), limits.min, limits.max).astype(self.tensor.dtype)


def resized(image_rgb: NDArray[np.uint8], width: int, height: int, averages_from: int = 2) -> NDArray[np.uint8]:
    """A picture [h, w, 3] at another size.

    A picture that shrinks is halved by averaging as often as fits, so that interpolation, which does the rest, need not
    skip pixels. Averaging all the way takes four to eight times as long, see benchmarks/resize.py, for the same average
    precision.

    Args:
        image_rgb: the picture.
        width, height: the size that is wanted, pixels.
        averages_from: how many times larger, both ways, a picture must be for its pixels to be averaged.
    """
    divisor = averaged(image_rgb.shape[1], image_rgb.shape[0], width, height, averages_from)
    if divisor > 1:
        half = (max(width, image_rgb.shape[1] // divisor), max(height, image_rgb.shape[0] // divisor))
        image_rgb = np.asarray(cv2.resize(image_rgb, half, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(image_rgb, (width, height)), np.uint8)


def averaged(from_width: int, from_height: int, width: int, height: int, averages_from: int) -> int:
    """How many pixels of a side, a power of two, are averaged to one on the way to another size; see resized."""
    times = min(from_width / width, from_height / height)
    return 2 ** int(math.log2(times)) if times >= averages_from else 1
