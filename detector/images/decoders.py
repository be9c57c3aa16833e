"""Decodes images, each format with the library that suits it best."""

import io
import warnings
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import AvifImagePlugin, Image

from detector.images.encodings import Header, bmp, jpeg
from detector.images.limits import MILLISECONDS
from detector.images.unpacking_png import unpack_png
from detector.images.unpacking_tiff import unpack_tiff

# Photos are decoded in parallel, one per core. OpenCV's own threads would only compete with them: large photos and PNG
# would lose 10 to 15 % of their throughput.
cv2.setNumThreads(1)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

# Libraries' warnings about damaged files are useless in the server's log, where they have neither time nor request.
SILENT = 0
set_log_level = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel  # OpenCV 4, OpenCV 5
set_log_level(SILENT)
warnings.filterwarnings("ignore", module=r"PIL\.")

# Sizes are checked before; Pillow's own check would only warn at its limit, and raise at twice that.
Image.MAX_IMAGE_PIXELS = None
Image.preinit()  # else the first photo would load the decoders of all other formats

# libjpeg-turbo's warnings about damaged files that it can decode: how they begin, and a part of one.
WARNINGS = (
    "Corrupt JPEG data: ",
    "Premature end of JPEG file",
    "Warning: ",
    "Invalid SOS parameters",
    "Inconsistent progression",
    "Unknown Adobe",
)
TRUNCATED = "remature end"
SAMPLING = "determine subsampling"  # part of its error about files that are sound, but that it cannot decode

MAX_MISSING = 0.02  # of the rows: some cameras drop the last ones


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
    if SAMPLING in fault:  # Pillow supports more kinds of it, but takes seconds for some metadata
        return decode_pillow(replace(header, content=jpeg.without_metadata(header.content)), divisor)
    if not fault.startswith(WARNINGS):
        raise ValueError(fault)
    if header.cost.milliseconds > MILLISECONDS / 2:
        raise ValueError("damaged, and too expensive to decode twice")
    pixels = np.asarray(simplejpeg.decode_jpeg(header.content, strict=False, **options))
    if TRUNCATED in fault and not (header.whole and _missing(pixels) < MAX_MISSING):
        raise ValueError("truncated")
    return pixels


def _missing(pixels: NDArray[np.uint8]) -> float:
    """The share of rows at the bottom that have one colour, with which libjpeg fills missing rows."""
    other = np.flatnonzero((pixels != pixels[-1, -1]).any(axis=(1, 2)))
    return 1 - (int(other[-1]) + 1 if other.size else 0) / len(pixels)


def decode_opencv(header: Header) -> NDArray[np.uint8]:
    """The stored pixels of a file that OpenCV reads correctly."""
    pixels = cv2.imdecode(np.frombuffer(header.content, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise ValueError("damaged")
    return np.asarray(pixels, np.uint8)


def decode_pillow(header: Header, divisor: int = 1) -> NDArray[np.uint8]:
    """The stored pixels of a file that Pillow reads; a JPEG is scaled down."""
    with Image.open(io.BytesIO(header.content), formats=[header.format]) as image:
        if image.size != (header.width, header.height):
            raise ValueError("the size is ambiguous")
        image.draft("RGB", (-(-header.width // divisor), -(-header.height // divisor)))
        return np.asarray(image.convert("RGB"))


def decode_png(header: Header) -> NDArray[np.uint8]:
    """The stored pixels of a PNG file."""
    return decode_opencv(replace(header, content=unpack_png(header.content)))


def decode_tiff(header: Header) -> NDArray[np.uint8]:
    """The stored pixels of a TIFF file."""
    return decode_opencv(replace(header, content=unpack_tiff(header.content)))


def decode_bmp(header: Header) -> NDArray[np.uint8]:
    """The stored pixels of a BMP file. OpenCV reads only some of those with 16 bits per pixel.

    Runs are not left to Pillow, which goes through them in Python and takes seconds.
    """
    try:
        return decode_opencv(header)
    except (ValueError, cv2.error):
        if bmp.has_runs(header.content):
            raise
        return decode_pillow(header)


def decode_heic(header: Header) -> NDArray[np.uint8]:
    """The pixels of a HEIC file, already upright; needs the extra heif."""
    import pillow_heif  # noqa: PLC0415 - it is optional

    pillow_heif.options.DECODE_THREADS = 1
    image = pillow_heif.open_heif(header.content, convert_hdr_to_8bit=True)
    if image.size != (header.width, header.height):
        raise ValueError("the size is ambiguous")
    return np.asarray(image.to_pillow().convert("RGB"))


# OpenCV would take three times as long for GIF, and twice the memory for AVIF.
DECODERS: dict[str, Callable[[Header], NDArray[np.uint8]]] = {
    "PNG": decode_png,
    "WEBP": decode_opencv,
    "GIF": decode_pillow,
    "BMP": decode_bmp,
    "TIFF": decode_tiff,
    "AVIF": decode_pillow,
    "HEIC": decode_heic,
}
