"""Encoded pictures in, upright RGB pixels out, whatever the encoding."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import AvifImagePlugin, ExifTags, Image, TiffImagePlugin, WebPImagePlugin  # noqa: F401 - they register themselves

from detector.errors import ImageTooLarge, Overloaded, UnreadableImage
from detector.images.encodings import SIDEWAYS, Header, read_header

# How to turn stored pixels upright, by the value of the EXIF orientation tag (CIPA DC-008, section 4.6.5.1.9).
UPRIGHT = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: pixels[::-1].transpose(1, 0, 2),
    7: lambda pixels: pixels[::-1, ::-1].transpose(1, 0, 2),
    8: lambda pixels: pixels[:, ::-1].transpose(1, 0, 2),
}

# Formats whose colours OpenCV gets wrong if some pixels may be transparent: it darkens TIFF's, gives GIF's the colour
# of the background, and swaps red and blue all over an AVIF.
MISREAD = ("TIFF", "GIF", "AVIF")

WEIGHTED_PIXELS = 50_000_000

# OpenCV's flags, by how many times smaller it is to decode a JPEG; those named for colour stand for BGR.
SMALLER = {
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    1: 0,
}

# Photos are looked at side by side, one a core; OpenCV's own threads would only take turns with them, at 10 to 15 % of
# the photos where these are large or PNG.
cv2.setNumThreads(1)

# With the three that are imported, these are the decoders of all FORMATS. Else each worker would load them with its
# first photo, and all others that Pillow has with its first file of no such format.
Image.preinit()

# ImageLimits replaces Pillow's own check, which warns first and raises at twice its limit. Pillow opens nothing whose
# size detector.images.encodings has not read before.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """How large a picture may be; larger ones are refused from their header, before they are decoded.

    Attributes:
        pixels: most pixels, width times height.
        side: most pixels along either side.
    """

    pixels: int = 50_000_000
    side: int = 16_384


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture.

    Attributes:
        width, height: of the upright picture as it was sent, pixels.
        pixels_rgb: [h, w, 3], upright, in C order; fewer than were sent where it was decoded smaller.
    """

    width: int
    height: int
    pixels_rgb: NDArray[np.uint8]


def no_bound(_size: int) -> None:
    """Room for any number of bytes."""


def decode(data: bytes, limits: ImageLimits, take_room: Callable[[int], None] = no_bound) -> NDArray[np.uint8]:
    """All upright RGB pixels [height, width, 3] of an encoded picture; see decode_smaller."""
    return decode_smaller(data, limits, lambda _width, _height: 1, take_room).pixels_rgb


def decode_smaller(
    data: bytes,
    limits: ImageLimits,
    divisor: Callable[[int, int], int],
    take_room: Callable[[int], None] = no_bound,
) -> Picture:
    """The first frame of an encoded picture, turned upright; transparency is dropped, 16-bit samples are scaled to 8.

    A JPEG is decoded at a half, a quarter or an eighth of its size where that is enough: libjpeg averages pixels as it
    transforms blocks, so those that would be averaged next are never made. benchmarks/stages.py tells what it spares.

    Args:
        data: JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF bytes.
        limits: what the header may announce.
        divisor: a power of two by which a picture of some upright width and height, pixels, may be smaller.
        take_room: called with the bytes of all its pixels before they are decoded; what it raises is raised.

    Raises:
        UnreadableImage: the bytes are empty, of another kind, truncated or damaged.
        ImageTooLarge: the picture is beyond the limits.
    """
    if not data:
        raise UnreadableImage("There is no picture, no bytes were sent: send a whole one.")
    try:
        header = read_header(data)
        announced = header.announced
        check_size(announced.width, announced.height, limits, announced.weight)
        take_room(announced.width * announced.height * 3)
        pixels, orientation = _decoded(header, divisor)
    except (ImageTooLarge, Overloaded):
        raise
    except Exception as error:  # Pillow's parsers raise whatever a damaged file leads them into; each is the sender's
        raise UnreadableImage(
            "These bytes are not a readable picture: send a whole JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF file."
        ) from error
    width, height = _turned(announced.width, announced.height, orientation)
    if orientation in UPRIGHT:
        pixels = UPRIGHT[orientation](pixels)
    return Picture(width, height, np.ascontiguousarray(pixels))


def _decoded(header: Header, divisor: Callable[[int, int], int]) -> tuple[NDArray[np.uint8], int]:
    """The stored pixels, and the orientation that turns them upright."""
    announced, orientation = header.announced, header.announced.orientation
    if orientation is not None and header.format not in MISREAD:
        smaller = 1
        if header.format == "JPEG":
            smaller = divisor(*_turned(announced.width, announced.height, orientation))
        pixels = decode_opencv(announced.content, smaller)
        if pixels is not None:
            return pixels, orientation
    with Image.open(io.BytesIO(announced.content), formats=[header.format]) as image:
        if image.size != (announced.width, announced.height):
            raise ValueError("the size is ambiguous")
        if orientation is None:
            orientation = exif_orientation(image)
        pixels = None if image.has_transparency_data else decode_opencv(announced.content, 1)
        return np.asarray(image.convert("RGB")) if pixels is None else pixels, orientation


def _turned(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height of the upright picture."""
    return (height, width) if orientation in SIDEWAYS else (width, height)


def check_size(width: int, height: int, limits: ImageLimits, weight: float = 1.0) -> None:
    """Raises ImageTooLarge if an image of this size, whose pixels have this weight, is beyond the limits."""
    if max(width, height) > limits.side or width * height > limits.pixels:
        raise ImageTooLarge(
            f"The picture is too large: at most {limits.pixels} pixels and {limits.side} along a side are decoded. "
            "Scale it down and send it again."
        )
    if width * height * weight > (weighted := max(limits.pixels, WEIGHTED_PIXELS)):
        raise ImageTooLarge(
            f"The picture takes too long to decode: at most {int(weighted / weight)} pixels are in such a file. "
            "Scale it down, or send a baseline JPEG."
        )


def exif_orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1, upright, where there is none or it is invalid."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 - a broken EXIF block must not cost the sender a sound picture
        return 1
    return orientation if orientation in range(1, 9) else 1


def decode_opencv(data: bytes, smaller: int) -> NDArray[np.uint8] | None:
    """Stored RGB pixels by OpenCV, at most so many times smaller; None where it can't (some RGB565 BMPs, for one)."""
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    flags |= next(flag for times, flag in SMALLER.items() if times <= smaller)
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags)  # type: ignore[return-value]  # untyped elements
    except cv2.error:
        return None
