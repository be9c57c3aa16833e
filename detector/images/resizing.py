"""Resizes images."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray


def resize(image_rgb: NDArray[np.uint8], width: int, height: int, average_from: int = 2) -> NDArray[np.uint8]:
    """Resizes an image [h, w, 3].

    To shrink, it halves the image by averaging as often as possible, then interpolates, so that no pixels are skipped.
    Averaging all the way takes four to eight times as long for the same average precision (benchmarks/resize.py).

    Args:
        image_rgb: the image.
        width, height: the new size, pixels.
        average_from: how many times larger, both ways, an image must be for its pixels to be averaged.
    """
    divisor = shrink_divisor(image_rgb.shape[1], image_rgb.shape[0], width, height, average_from)
    if divisor > 1:
        half = (max(width, image_rgb.shape[1] // divisor), max(height, image_rgb.shape[0] // divisor))
        image_rgb = np.asarray(cv2.resize(image_rgb, half, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(image_rgb, (width, height)), np.uint8)


def shrink_divisor(from_width: int, from_height: int, width: int, height: int, average_from: int) -> int:
    """The number of pixels along a side, a power of two, that `resize` averages to one."""
    times = min(from_width / width, from_height / height)
    return 2 ** int(math.log2(times)) if times >= average_from else 1
