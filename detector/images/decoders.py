"""The libraries that decode images, each for what it does best."""

import io
import warnings
from collections.abc import Callable

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import AvifImagePlugin, Image, TiffImagePlugin  # noqa: F401 - the plugins register themselves

from detector.images.encodings import Header
from detector.images.limits import MILLISECONDS

# Photos are decoded side by side, one per core; OpenCV's own threads would only take turns with them, at 10 to 15 % of
# the photos where these are large or PNG.
cv2.setNumThreads(1)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

# Remarks on damaged files are of no use in the server's log, where they have neither a time nor a request.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
warnings.filterwarnings("ignore", module=r"PIL\.")

# Pillow's own check warns first and raises at twice its limit. Nothing comes here before its size was checked.
Image.MAX_IMAGE_PIXELS = None
Image.preinit()  # else the first photo would load the decoders of all other formats

AS_STORED = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION

# OpenCV's flags by divisor; those named for colour would swap red and blue.
REDUCED = {
    1: 0,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}

# What libjpeg-turbo says of a damaged file that it decodes all the same: starts of sentences, and a part of one.
WARNINGS = (
    "Corrupt JPEG data: ",
    "Premature end of JPEG file",
    "Warning: ",
    "Invalid SOS parameters",
    "Inconsistent progression",
    "Unknown Adobe",
)
TRUNCATED = "remature end"

MAX_MISSING = 0.02  # of the rows: some cameras lose the last ones


def decode_jpeg(header: Header, divisor: int) -> NDArray[np.uint8]:
    """The stored pixels of a JPEG file, at a half, a quarter or an eighth of its size if `divisor` says so."""
    options = {
        "colorspace": "RGB",
        "min_width": -(-header.width // divisor),
        "min_height": -(-header.height // divisor),
        "min_factor": divisor,
    }
    try:
        return np.asarray(simplejpeg.decode_jpeg(header.content, **options))
    except ValueError as error:
        fault = str(error)
    if not fault.startswith(WARNINGS):
        return decode_opencv(header, divisor)  # which knows more ways of sampling colours
    if header.cost.milliseconds > MILLISECONDS / 2:
        raise ValueError("damaged, and too dear to decode twice")
    pixels = np.asarray(simplejpeg.decode_jpeg(header.content, strict=False, **options))
    if TRUNCATED in fault and not (header.whole and _missing(pixels) < MAX_MISSING):
        raise ValueError("truncated")
    return pixels


def _missing(pixels: NDArray[np.uint8]) -> float:
    """The share of rows at the bottom that have one colour, as libjpeg fills up what is missing."""
    other = np.flatnonzero((pixels != pixels[-1, -1]).any(axis=(1, 2)))
    return 1 - (int(other[-1]) + 1 if other.size else 0) / len(pixels)


def decode_opencv(header: Header, divisor: int = 1) -> NDArray[np.uint8]:
    """The stored pixels of a file that OpenCV reads, and reads right."""
    pixels = cv2.imdecode(np.frombuffer(header.content, np.uint8), REDUCED[divisor] | AS_STORED)
    if pixels is None:
        raise ValueError("damaged")
    return np.asarray(pixels, np.uint8)


def decode_pillow(header: Header) -> NDArray[np.uint8]:
    """The stored pixels of a file that Pillow reads."""
    with Image.open(io.BytesIO(header.content), formats=[header.format]) as image:
        if image.size != (header.width, header.height):
            raise ValueError("the size is ambiguous")
        return np.asarray(image.convert("RGB"))


def decode_either(header: Header) -> NDArray[np.uint8]:
    """The stored pixels of a file that Pillow reads where OpenCV does not, such as BMPs of 16 bits per pixel."""
    try:
        return decode_opencv(header)
    except (ValueError, cv2.error):
        return decode_pillow(header)


# JPEG alone is scaled as it is decoded. OpenCV would take three times as long for GIF, and twice the memory for AVIF.
DECODERS: dict[str, Callable[[Header], NDArray[np.uint8]]] = {
    "PNG": decode_opencv,
    "WEBP": decode_opencv,
    "GIF": decode_pillow,
    "BMP": decode_either,
    "TIFF": decode_either,
    "AVIF": decode_pillow,
}
