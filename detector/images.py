"""Encoded pictures in, upright RGB pixels out, whatever the encoding."""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from detector.errors import ImageTooLarge, UnreadableImage

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")

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

Image.MAX_IMAGE_PIXELS = (
    None  # ImageLimits replaces Pillow's own check, which warns first and raises at twice its limit
)


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """How large a picture may be; larger ones are refused from their header, before they are decoded.

    Attributes:
        pixels: most pixels, width times height.
        side: most pixels along either side.
    """

    pixels: int = 50_000_000
    side: int = 16_384


def decode(data: bytes, limits: ImageLimits) -> NDArray[np.uint8]:
    """The first frame of an encoded picture, turned upright; transparency is dropped, 16-bit samples are scaled to 8.

    Args:
        data: JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF bytes.
        limits: what the header may announce.

    Returns:
        RGB pixels of shape [height, width, 3], in C order.

    Raises:
        UnreadableImage: the bytes are empty, of another kind, truncated or damaged.
        ImageTooLarge: the picture is beyond the limits.
    """
    if not data:
        raise UnreadableImage("There is no picture, no bytes were sent: send a whole one.")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as header:
            width, height = header.size
            check_size(width, height, limits)
            orientation = exif_orientation(header, data)
            pixels = None if opencv_spoils(header) else decode_opencv(data)
            if pixels is None:
                pixels = np.asarray(header.convert("RGB"))
    except ImageTooLarge:
        raise
    except Exception as error:  # Pillow's parsers raise whatever a damaged file leads them into; each is the sender's
        raise UnreadableImage(
            "These bytes are not a readable picture: send a whole JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF file."
        ) from error
    return np.ascontiguousarray(UPRIGHT[orientation](pixels) if orientation in UPRIGHT else pixels)


def check_size(width: int, height: int, limits: ImageLimits) -> None:
    """Raise ImageTooLarge where a picture of this size is beyond the limits."""
    if max(width, height) > limits.side or width * height > limits.pixels:
        raise ImageTooLarge(
            f"The picture is too large: at most {limits.pixels} pixels and {limits.side} along a side are decoded. "
            "Scale it down and send it again."
        )


def exif_orientation(header: Image.Image, data: bytes) -> int:
    """The EXIF orientation, 1 to 8; 1, upright, where there is none or it is invalid."""
    if header.format == "TIFF":
        return 1  # OpenCV and Pillow both turn a TIFF picture upright as they decode it
    if header.format == "PNG" and not {"exif", "Raw profile type exif"} & header.info.keys() and b"eXIf" not in data:
        return 1  # spares getexif(), which would decode all pixels to look for an eXIf chunk behind them
    try:
        orientation = header.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 - a broken EXIF block must not cost the sender a sound picture
        return 1
    return orientation if orientation in range(1, 9) else 1


def opencv_spoils(header: Image.Image) -> bool:
    """Whether OpenCV gets the colours wrong, as it does in these formats where some pixels may be transparent.

    It darkens TIFF's, gives GIF's the colour of the background, and swaps red and blue all over an AVIF.
    """
    return header.format in ("TIFF", "GIF", "AVIF") and header.has_transparency_data


def decode_opencv(data: bytes) -> NDArray[np.uint8] | None:
    """Stored RGB pixels by OpenCV; None where it can't (some RGB565 BMPs, for one)."""
    try:
        return cv2.imdecode(  # type: ignore[return-value]  # its stub knows no element type
            np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        )
    except cv2.error:
        return None
