"""Model inputs and outputs, with their quantisation."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_DIMENSIONS = 8  # that a message shows; damaged files have thousands


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output of a model file.

    Attributes:
        index: its index in the file.
        name: its name in the file.
        shape: its dimensions.
        dtype: the type of its stored numbers.
        scale, zero_point: real = (stored - zero_point) * scale; scale 0 if it is not quantised.
        is_dynamic: true if a dimension other than the first is unknown until the model has run.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float
    zero_point: int
    is_dynamic: bool = False

    @classmethod
    def from_details(cls, details: dict[str, Any]) -> "Tensor":
        """Makes a tensor of an entry of the interpreter's get_input_details() or get_output_details()."""
        scale, zero_point = details["quantization"]
        shape = tuple(int(size) for size in details["shape"])
        is_dynamic = any(size < 0 for size in details["shape_signature"][1:])
        return cls(
            int(details["index"]), details["name"], shape, np.dtype(details["dtype"]), scale, zero_point, is_dynamic
        )

    @property
    def dimensions(self) -> str:
        """The shape in writing: 1x300x4."""
        more = f" and {len(self.shape) - MAX_DIMENSIONS} dimensions more" if len(self.shape) > MAX_DIMENSIONS else ""
        return "x".join(map(str, self.shape[:MAX_DIMENSIONS])) + more or "a number"

    def dequantised(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """Converts stored numbers to real numbers, in the same shape."""
        numbers = stored.astype(np.float32)
        return np.asarray((numbers - self.zero_point) * np.float32(self.scale)) if self.scale else numbers


def tensors(details: Iterable[dict[str, Any]]) -> tuple[Tensor, ...]:
    """Makes tensors of the interpreter's get_input_details() or get_output_details(), in their order."""
    return tuple(map(Tensor.from_details, details))
