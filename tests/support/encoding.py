"""A small image without symmetry, and the ways to encode it."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
from PIL import ExifTags, Image

pillow_heif.register_heif_opener()

WIDTH, HEIGHT = 48, 32
QUADRANTS = {"red": (250, 10, 10), "green": (10, 250, 10), "blue": (10, 10, 250), "white": (240, 240, 240)}

# Options with which a format keeps the image's colours, exactly or nearly.
FAITHFUL: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {},
    "WEBP": {"lossless": True, "exact": True},
    "GIF": {},
    "BMP": {},
    "TIFF": {},
    "AVIF": {"quality": 95, "subsampling": "4:4:4"},
    "HEIC": {"quality": 95, "chroma": 444},
}
PILLOW = {"HEIC": "HEIF"}  # its names of formats, where these are others
NEARLY = 16  # largest difference of a sample in the lossy ones

# How an upright image is stored with an orientation: the inverse of Pillow's exif_transpose.
STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def upright() -> Image.Image:
    """Red and green above, blue and white below."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    for number, colour in enumerate(QUADRANTS.values()):
        left, top = number % 2 * WIDTH // 2, number // 2 * HEIGHT // 2
        image.paste(colour, (left, top, left + WIDTH // 2, top + HEIGHT // 2))
    return image


def noise(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """An image that compresses badly, so that its file can be cut in many places."""
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8))


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Encodes an image in a format, faithfully unless the options say otherwise."""
    file = io.BytesIO()
    image.save(file, PILLOW.get(kind, kind), **FAITHFUL[kind] | options)
    return file.getvalue()


def exif(orientation: int) -> Image.Exif:
    """EXIF data with an orientation."""
    data = Image.Exif()
    data[ExifTags.Base.Orientation] = orientation
    return data


def held(kind: str, orientation: int) -> bytes:
    """The upright image as a camera stores it with this orientation; invalid orientations turn nothing."""
    image = upright()
    if orientation in STORED:
        image = image.transpose(STORED[orientation])
    return encode(image, kind, exif=exif(orientation).tobytes())


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def exif_behind(png: bytes) -> bytes:
    """The same PNG with its eXIf chunk after its pixels, where some programs write it."""
    start = png.index(b"eXIf") - 4
    end = start + 12 + struct.unpack_from(">I", png, start)[0]
    last = png.rindex(b"IEND") - 4
    return png[:start] + png[end:last] + png[start:end] + png[last:]


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size and holds next to nothing."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def bmp_rgb565(image: Image.Image) -> bytes:
    """A BMP of 16 bits per pixel: 5 red, 6 green, 5 blue; rows from the bottom, little-endian."""
    red, green, blue = np.moveaxis(np.asarray(image, np.uint16), -1, 0)
    rows = ((red >> 3 << 11) | (green >> 2 << 5) | blue >> 3)[::-1].astype("<u2").tobytes()
    masks = (0xF800, 0x07E0, 0x001F, 0)  # red, green, blue, alpha
    info = struct.pack("<IiiHHIIiiII4I", 56, *image.size, 1, 16, 3, len(rows), 2835, 2835, 0, 0, *masks)
    start = 14 + len(info)
    return struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start) + info + rows
