"""Converts pixels to models' inputs."""

import numpy as np
from numpy.typing import DTypeLike, NDArray


def to_input(pixels: NDArray[np.uint8], dtype: DTypeLike) -> NDArray[np.generic]:
    """Converts pixels [height, width, 3] to an input [1, height, width, 3]: unchanged, int8 from -128, or 0 to 1."""
    if dtype == np.int8:
        pixels = (pixels ^ 128).view(np.int8)
    elif dtype == np.float32:
        pixels = pixels / np.float32(255)
    return pixels[np.newaxis]
