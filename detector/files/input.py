"""The input of a model that takes an image: its size, and the encoding of pixels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.files.provenance import Source
from detector.files.sidecar import Normalisation
from detector.images import Placement, corner, letterbox, resize, stretch
from detector.tflite import Tensor

CHANNELS = (1, 3)

# A function that places an image on the input, given the width and height of the image, then of the input, pixels.
Layout = Callable[[int, int, int, int], Placement]
LAYOUTS: dict[str, Layout] = {"stretch": stretch, "letterbox": letterbox, "corner": corner}


@dataclass(frozen=True, slots=True)
class ImageInput:
    """A model's input [1, height, width, channels] or [1, channels, height, width], and the encoding of its pixels.

    It has three channels, or one for brightness.

    Attributes:
        tensor: the input.
        normalisation: of pixels; None for an input that takes them as they are.
        normalisation_from: the origin of the normalisation.
        padding: grey level, 0..255, beside an image that does not fill the input.
        bgr: True if blue is the first channel.
        average_from: the ratio of image to input, both ways, from which pixels are averaged.
        layout: places an image on the input.
    """

    tensor: Tensor
    normalisation: Normalisation | None
    normalisation_from: Source = "family"
    padding: int = 114
    bgr: bool = False
    average_from: int = 2
    layout: Layout = stretch

    @property
    def channels_first(self) -> bool:
        """True if the shape is [1, channels, height, width]."""
        return self.tensor.shape[3] not in CHANNELS

    @property
    def is_grey(self) -> bool:
        """True if it takes brightness alone."""
        return self.tensor.shape[1 if self.channels_first else 3] == 1

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

    def place(self, width: int, height: int) -> Placement:
        """The placement on the input of an image of this size, pixels."""
        return self.layout(width, height, self.width, self.height)

    def fill(self, image_rgb: NDArray[np.uint8], placement: Placement) -> NDArray[Any]:
        """The tensor for an image [h, w, 3] at its placement."""
        canvas = self._canvas(image_rgb, placement)
        if self.is_grey:
            canvas = np.asarray(cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY), np.uint8)[:, :, np.newaxis]
        elif self.bgr:
            canvas = np.ascontiguousarray(canvas[:, :, ::-1])
        numbers = np.asarray(cv2.LUT(canvas, self._lookup_table())).reshape(canvas.shape)
        if self.channels_first:
            numbers = np.ascontiguousarray(numbers.transpose(2, 0, 1))
        return numbers[np.newaxis]

    def _canvas(self, image_rgb: NDArray[np.uint8], placement: Placement) -> NDArray[np.uint8]:
        resized = resize(image_rgb, placement.width, placement.height, self.average_from)
        if resized.shape[:2] == (self.height, self.width):
            return resized
        canvas = np.full((self.height, self.width, 3), self.padding, np.uint8)
        rows = slice(placement.top, placement.top + placement.height)
        columns = slice(placement.left, placement.left + placement.width)
        canvas[rows, columns] = resized
        return canvas

    def _lookup_table(self) -> NDArray[Any]:
        """The tensor's number for each pixel value, 0 to 255: [1, 256, 1], or [1, 256, 3] for three channels."""
        pixels = np.arange(256, dtype=np.float64).reshape(1, 256, 1)
        if self.normalisation:
            mean, std = np.array(self.normalisation.mean), np.array(self.normalisation.std)
            pixels = (pixels - mean.mean()) / std.mean() if self.is_grey else (pixels - mean) / std
        if not np.issubdtype(self.tensor.dtype, np.integer):
            return pixels.astype(self.tensor.dtype)
        limits = np.iinfo(self.tensor.dtype)
        pixels = pixels / self.tensor.scale + self.tensor.zero_point if self.normalisation else pixels + limits.min
        return np.clip(np.rint(pixels), limits.min, limits.max).astype(self.tensor.dtype)
