"""Decodes photos of any encoding to upright RGB pixels."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.errors import ImageTooLarge, UnreadableImage
from detector.images.decoders import DECODERS, decode_jpeg
from detector.images.encodings import Header, read_header
from detector.images.limits import Cost, ImageLimits

# Turns stored pixels upright, by the value of the EXIF orientation tag (CIPA DC-008, section 4.6.5.1.9). OpenCV takes a
# fourth of numpy's time, which would cost as much as decoding.
UPRIGHT: dict[int, Callable[[NDArray[np.uint8]], Any]] = {
    2: lambda pixels: cv2.flip(pixels, 1),
    3: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
    4: lambda pixels: cv2.flip(pixels, 0),
    5: cv2.transpose,
    6: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
    7: lambda pixels: cv2.flip(cv2.transpose(pixels), -1),
    8: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
}

MAX_DIVISOR = 8  # libjpeg's

# A function from an upright image's width and height to the power of two by which it may be scaled down.
Divisor = Callable[[int, int], int]

# The cost of each output pixel, which is decoded, copied and averaged for the model, and perhaps turned.
OUTPUT_MS, TURNED_OUTPUT_MS, OUTPUT_BYTES = 3e-6, 7e-6, 6


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """An upright image.

    Attributes:
        width, height: of the photo, upright, before scaling down; pixels.
        pixels_rgb: [h, w, 3], in C order; h and w are smaller than the above if it was scaled down.
        format: the photo's encoding, one of FORMATS; only a JPEG is ever scaled down.
    """

    width: int
    height: int
    pixels_rgb: NDArray[np.uint8]
    format: str


def no_bound(_bytes: int) -> None:
    """Allows any number of bytes."""


def decode(data: bytes, limits: ImageLimits, take_room: Callable[[int], None] = no_bound) -> NDArray[np.uint8]:
    """All upright RGB pixels [height, width, 3] of a photo; see decode_scaled."""
    return decode_scaled(data, limits, lambda _width, _height: 1, take_room).pixels_rgb


def decode_scaled(
    data: bytes,
    limits: ImageLimits,
    divisor: Divisor,
    take_room: Callable[[int], None] = no_bound,
    coarsest: Divisor | None = None,
) -> DecodedImage:
    """Decodes the first frame of a photo and turns it upright. Drops transparency, scales 16-bit samples to 8 bits.

    A JPEG is decoded at a half, a quarter or an eighth of its size if that is enough: libjpeg averages pixels while it
    transforms blocks, which is cheaper than averaging them afterwards. benchmarks/stages.py measures the gain.

    Args:
        data: JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF bytes.
        limits: the largest photo to decode.
        divisor: returns the power of two by which an upright image of some width and height may be scaled down.
        take_room: called with the bytes that decoding takes at worst, before it starts; its errors are not caught.
        coarsest: the divisor by which the image may be scaled down if it would cost too much otherwise; by default
            `divisor`.

    Raises:
        UnreadableImage: the bytes are empty, of another format, truncated or damaged.
        ImageTooLarge: the photo is beyond the limits, or would take too much time or memory.
    """
    if not data:
        raise UnreadableImage("The photo has no bytes: send a whole one.")
    with _as_unreadable():
        header = read_header(data)
        limits.check_size(header.width, header.height)
        times = _times(header, divisor)
        if coarsest and not limits.allows(total_cost(header, times)):
            times = max(times, _times(header, coarsest))
        cost = total_cost(header, times)
        limits.check_cost(cost)
    take_room(int(cost.bytes))
    with _as_unreadable():
        pixels = decode_jpeg(header, times) if header.format == "JPEG" else DECODERS[header.format](header)
    if header.offset:
        pixels = _on_canvas(pixels, header)
    if header.orientation in UPRIGHT:
        pixels = UPRIGHT[header.orientation](pixels)
    return DecodedImage(*header.upright_size, np.ascontiguousarray(pixels), header.format)


def _times(header: Header, divisor: Divisor) -> int:
    """The power of two by which an image is scaled down; other formats than JPEG cannot be."""
    return min(divisor(*header.upright_size), MAX_DIVISOR) if header.format == "JPEG" else 1


@contextmanager
def _as_unreadable() -> Iterator[None]:
    """Turns all errors of parsers into UnreadableImage, because a damaged file can make them raise anything."""
    try:
        yield
    except (ImageTooLarge, UnreadableImage):
        raise
    except Exception as error:
        raise UnreadableImage(
            "These bytes are not a readable photo: send a whole JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF file."
        ) from error


def total_cost(header: Header, divisor: int) -> Cost:
    """The cost of decoding an image to 1 / `divisor` of its width and height, output included."""
    pixels = header.width * header.height / divisor**2
    per_pixel = TURNED_OUTPUT_MS if header.orientation in UPRIGHT else OUTPUT_MS
    return header.cost + Cost(pixels * per_pixel, pixels * OUTPUT_BYTES)


def _on_canvas(pixels: NDArray[np.uint8], header: Header) -> NDArray[np.uint8]:
    """Places a frame that is smaller than the image on black."""
    canvas = np.zeros((header.height, header.width, 3), np.uint8)
    left, top = header.offset or (0, 0)
    canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return canvas
