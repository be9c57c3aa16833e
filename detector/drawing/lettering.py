"""Text on pictures, with the font that OpenCV 5 carries in itself: no font has to be installed.

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
    """A text in the order in which its letters are drawn from left to right, without line breaks and the like.

    Source: the Unicode Bidirectional Algorithm, UAX 9.
    """
    return str(get_display("".join(letter if letter.isprintable() else " " for letter in text)))


def width_of(text: str, size: int) -> int:
    """How wide a printable text is, pixels, at a size of `size` pixels from line to line."""
    if FONT:
        return int(cv2.getTextSize((0, 0), text, (0, 0), FONT, size, WEIGHT)[2])
    (width, _), _ = cv2.getTextSize(_ascii(text), HERSHEY, size / HERSHEY_HEIGHT, 1)
    return int(width)


def fitted(text: str, size: int, width: int, least: int) -> tuple[str, int]:
    """A printable text and the size at which it is no wider than `width` pixels.

    Its size is lowered first, down to `least`, then its end is cut off; of no room nothing is left.
    """
    while size > least and width_of(text, size) > width:
        size -= 1
    short = text
    while short and width_of(short, size) > width:
        text = text[:-1]
        short = f"{text}…" if len(text) > 1 else ""
    return short, size


def write(image_rgb: NDArray[np.uint8], text: str, start: tuple[int, int], size: int, colour: Colour) -> None:
    """Draw a printable text; `start` is where its first letter stands, pixels from the left and to the baseline."""
    if FONT:
        cv2.putText(image_rgb, text, start, colour, FONT, size, WEIGHT)
    else:
        scale, thickness = size / HERSHEY_HEIGHT, max(1, size // 20)
        cv2.putText(image_rgb, _ascii(text), start, HERSHEY, scale, colour, thickness, cv2.LINE_AA)


def _ascii(text: str) -> str:
    return text.replace("…", "..").encode("ascii", "replace").decode()
