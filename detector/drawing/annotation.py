"""Draws detections onto an image: a box around each object, with its label and its score."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from detector.drawing import lettering
from detector.drawing.colours import BLACK, WHITE, Colour, colour_of
from detector.drawing.tags import MIN_LETTERS, Tag, Tags
from detector.errors import ImageTooLarge

MAX_JPEG_SIDE = 65_500  # pixels, as libjpeg writes it
QUALITY = 90

# Lines and letters take the same share of every image, since images are viewed at the size of the screen.
LINE = 1 / 220  # thickness of a box's line, as a fraction of the image's mean side
LETTERS = 1 / 30  # height of letters, likewise
BASELINE = 0.76  # the letters' baseline, as a fraction of a tag's height


def draw(
    image_rgb: NDArray[np.uint8],
    boxes_xyxy: NDArray[np.floating],
    scores: Sequence[float],
    labels: Sequence[str],
    outlines: Sequence[NDArray[np.floating]] = (),
) -> NDArray[np.uint8]:
    """Draws objects onto a copy of an image; the first object lies on top, and outlines of zones below all of them.

    Args:
        image_rgb: the upright image, [height, width, 3].
        boxes_xyxy: one per object, [N, 4], fractions of the image, 0..1.
        scores: one per object, 0..1.
        labels: one per object, in any script.
        outlines: of zones, each [P, 2] corners x, y, fractions of the image, 0..1.
    """
    image_rgb = image_rgb.copy()
    height, width = image_rgb.shape[:2]
    side = math.sqrt(width * height)
    thickness = max(1, round(side * LINE))
    boxes_px = np.rint(boxes_xyxy * [width - 1, height - 1, width - 1, height - 1]).astype(int)
    tags = Tags(boxes_px, width, height, max(MIN_LETTERS, round(side * LETTERS)), margin=thickness + 1)
    placed = [
        tags.place(box, f"{lettering.printable(label)} {score:.2f}")
        for box, score, label in zip(boxes_px, scores, labels, strict=True)
    ]
    for outline in outlines:
        _outline(image_rgb, np.rint(outline * [width - 1, height - 1]).astype(np.int32), thickness)
    colours = [colour_of(label) for label in labels]
    for box, colour in zip(reversed(boxes_px), reversed(colours), strict=True):
        _frame(image_rgb, box, thickness, colour)
    for tag, colour in zip(reversed(placed), reversed(colours), strict=True):
        _name(image_rgb, tag, colour)
    return image_rgb


def to_jpeg(image_rgb: NDArray[np.uint8]) -> bytes:
    """Encodes an image as a JPEG file.

    Raises:
        ImageTooLarge: a side is longer than a JPEG's may be.
    """
    if max(image_rgb.shape) > MAX_JPEG_SIDE:
        raise ImageTooLarge(f"The photo is too large for a JPEG: at most {MAX_JPEG_SIDE} pixels along a side.")
    return bytes(simplejpeg.encode_jpeg(image_rgb, quality=QUALITY, colorspace="RGB", colorsubsampling="420"))


def _outline(image_rgb: NDArray[np.uint8], corners_px: NDArray[np.int32], thickness: int) -> None:
    """Draws a zone's outline in white on a wider black line, so that it shows on light and dark."""
    for colour, width in ((BLACK, thickness + 2 * max(1, thickness // 4)), (WHITE, thickness)):
        cv2.polylines(image_rgb, [corners_px], isClosed=True, color=colour, thickness=width, lineType=cv2.LINE_AA)


def _frame(image_rgb: NDArray[np.uint8], box_xyxy: NDArray[np.integer], thickness: int, colour: Colour) -> None:
    """Draws a box's line in its colour between two thin black lines, so that it shows on light and dark."""
    left, top, right, bottom = map(int, box_xyxy)
    if thickness > 1:  # else the line would be lost between them
        cv2.rectangle(image_rgb, (left, top), (right, bottom), BLACK, thickness + 2 * max(1, thickness // 4))
    cv2.rectangle(image_rgb, (left, top), (right, bottom), colour, thickness)


def _name(image_rgb: NDArray[np.uint8], tag: Tag, colour: Colour) -> None:
    """Writes a label in black on a background of its box's colour."""
    if not tag.text:
        return
    right, bottom = tag.left + tag.width - 1, tag.top + tag.height - 1
    cv2.rectangle(image_rgb, (tag.left, tag.top), (right, bottom), colour, cv2.FILLED)
    margin = (tag.width - lettering.width_of(tag.text, tag.size)) // 2
    baseline = tag.top + round(tag.height * BASELINE)
    lettering.write(image_rgb, tag.text, (tag.left + margin, baseline), tag.size, BLACK)
