"""Resizes images."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray


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
