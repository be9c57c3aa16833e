"""What goes into a model and what comes out, as numbers with a meaning."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.geometry import Placement
from detector.sidecar import Normalisation


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

    def real(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """What stored numbers mean."""
        numbers = stored.astype(np.float32)
        return np.asarray((numbers - self.zero_point) * np.float32(self.scale)) if self.scale else numbers


@dataclass(frozen=True, slots=True)
class ImageInput:
    """A model's input [1, height, width, 3], and what its numbers stand for.

    Attributes:
        tensor: the input.
        normalisation: what the model was trained on; None for a quantised input that takes pixels as they are.
        padding: grey level, 0..255, beside a letterboxed picture.
    """

    tensor: Tensor
    normalisation: Normalisation | None
    padding: int = 114

    @property
    def height(self) -> int:
        """Rows, pixels."""
        return self.tensor.shape[1]

    @property
    def width(self) -> int:
        """Columns, pixels."""
        return self.tensor.shape[2]

    def fill(self, image_rgb: NDArray[np.uint8], placement: Placement) -> NDArray[Any]:
        """The tensor [1, height, width, 3] that shows a picture [h, w, 3] at its place."""
        return np.asarray(cv2.LUT(self._canvas(image_rgb, placement), self._meanings()))[np.newaxis]

    def _canvas(self, image_rgb: NDArray[np.uint8], placement: Placement) -> NDArray[np.uint8]:
        # INTER_AREA averages all the pixels that merge into one; INTER_LINEAR would skip most of them.
        shrinks = image_rgb.shape[0] >= 2 * placement.height and image_rgb.shape[1] >= 2 * placement.width
        resized = cv2.resize(
            image_rgb,
            (placement.width, placement.height),
            interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
        )
        if resized.shape[:2] == (self.height, self.width):
            return np.asarray(resized, np.uint8)
        canvas = np.full((self.height, self.width, 3), self.padding, np.uint8)
        rows = slice(placement.top, placement.top + placement.height)
        columns = slice(placement.left, placement.left + placement.width)
        canvas[rows, columns] = resized
        return canvas

    def _meanings(self) -> NDArray[Any]:
        """What each pixel value, 0 to 255, becomes in the tensor."""
        pixels = np.arange(256, dtype=np.float64)
        if self.normalisation:
            pixels = (pixels - self.normalisation.mean) / self.normalisation.std
        if not np.issubdtype(self.tensor.dtype, np.integer):
            return pixels.astype(self.tensor.dtype)
        limits = np.iinfo(self.tensor.dtype)
        pixels = pixels / self.tensor.scale + self.tensor.zero_point if self.normalisation else pixels + limits.min
        return np.clip(np.rint(pixels), limits.min, limits.max).astype(self.tensor.dtype)
