"""Writes text onto images with the font that is built into OpenCV 5: no font has to be installed.

It has Latin, Cyrillic, Greek, Hebrew, Arabic, Chinese, Japanese and Korean letters, and `?` for any other; Arabic
letters are not joined. Older releases, which the tflite-runtime extra needs, have ASCII alone.
"""

import cv2
import numpy as np
from bidi import get_display
from numpy.typing import NDArray

from detector.drawing.colours import Colour

FONT = cv2.FontFace("sans") if hasattr(cv2, "FontFace") else None
WEIGHT = 500  # of the variable font, 400 being regular and 700 bold

HERSHEY = cv2.FONT_HERSHEY_DUPLEX
HERSHEY_HEIGHT = 30  # pixels of its lines at scale 1


def printable(text: str) -> str:
    """Puts a text into the order in which its letters are drawn from left to right, without control characters.

    Source: the Unicode Bidirectional Algorithm, UAX 9.
    """
    return str(get_display("".join(letter if letter.isprintable() else " " for letter in text)))


def width_of(text: str, size: int) -> int:
    """The width of a printable text, pixels, at a size of `size` pixels from line to line."""
    if FONT:
        return int(cv2.getTextSize((0, 0), text, (0, 0), FONT, size, WEIGHT)[2])
    if not text:
        return 0  # OpenCV 4 says 1
    (width, _), _ = cv2.getTextSize(_ascii(text), HERSHEY, size / HERSHEY_HEIGHT, 1)
    return int(width)


def fit(text: str, size: int, width: int, min_size: int) -> tuple[str, int]:
    """Fits a printable text into `width` pixels, and returns it with its size.

    Lowers the size first, down to `min_size`, then cuts off the end; without any room, the text is empty.
    """
    while size > min_size and width_of(text, size) > width:
        size -= 1
    short = text
    while short and width_of(short, size) > width:
        text = text[:-1]
        short = f"{text}…" if len(text) > 1 else ""
    return short, size


def write(image_rgb: NDArray[np.uint8], text: str, start: tuple[int, int], size: int, colour: Colour) -> None:
    """Draws a printable text; `start` is the left end of its baseline, pixels."""
    if FONT:
        cv2.putText(image_rgb, text, start, colour, FONT, size, WEIGHT)
    else:
        scale, thickness = size / HERSHEY_HEIGHT, max(1, size // 20)
        cv2.putText(image_rgb, _ascii(text), start, HERSHEY, scale, colour, thickness, cv2.LINE_AA)


def _ascii(text: str) -> str:
    return text.replace("…", "..").encode("ascii", "replace").decode()
