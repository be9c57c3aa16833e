"""detector/images/decoding.py: photos are decoded upright."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from detector.images import ImageLimits, decode
from tests.support.encoding import NEARLY, STORED, bmp_rgb565, encode, exif, exif_behind, held, upright

LIMITS = ImageLimits()
UPRIGHT = np.asarray(upright())
ORIENTATIONS = range(1, 9)


def is_upright(data: bytes) -> bool:
    """True if a file decodes to the upright image."""
    pixels = decode(data, LIMITS)
    return pixels.shape == UPRIGHT.shape and int(np.abs(pixels.astype(int) - UPRIGHT).max()) <= NEARLY


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIC"])
def test_turns_upright(kind: str, orientation: int) -> None:
    """In every format with an orientation, each of them is decoded upright."""
    assert is_upright(held(kind, orientation))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_reads_exif_behind_the_pixels(orientation: int) -> None:
    """A PNG may have its EXIF data after its pixels."""
    png = exif_behind(held("PNG", orientation))
    assert png.index(b"IDAT") < png.index(b"eXIf")
    assert is_upright(png)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_reads_exif_as_text(orientation: int) -> None:
    """A PNG may have its EXIF data as text, as ImageMagick wrote it before PNG knew EXIF."""
    stored = upright()
    if orientation in STORED:
        stored = stored.transpose(STORED[orientation])
    data = exif(orientation).tobytes()
    text = PngImagePlugin.PngInfo()
    text.add_text("Raw profile type exif", f"\nexif\n{len(data):8}\n{data.hex()}\n", zip=True)
    assert is_upright(encode(stored, "PNG", pnginfo=text))


@pytest.mark.parametrize("orientation", [0, 9])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_invalid_orientation_turns_nothing(kind: str, orientation: int) -> None:
    """Orientations that the standard does not know leave the image as it is stored."""
    assert is_upright(held(kind, orientation))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's remark to the server's log
def test_broken_exif_does_not_matter() -> None:
    """A photo whose EXIF data is invalid counts as upright."""
    assert is_upright(encode(upright(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f"))


@pytest.mark.parametrize("orientation", [3, 6])
def test_turns_what_the_other_decoder_reads(orientation: int) -> None:
    """A TIFF with alpha, which is not left to OpenCV, is turned exactly once."""
    stored: Image.Image = Image.open(io.BytesIO(held("TIFF", orientation)))
    stored.load()  # Pillow turns it upright, so it is turned back here
    for _ in range({3: 2, 6: 1}[orientation]):
        stored = stored.transpose(Image.Transpose.ROTATE_90)
    stored.putalpha(255)
    assert is_upright(encode(stored, "TIFF", exif=exif(orientation)))


def test_bmp_is_as_it_is() -> None:
    """A format without orientations is left alone."""
    assert decode(bmp_rgb565(upright()), LIMITS).shape == UPRIGHT.shape


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_landscape(assets: Path, orientation: int) -> None:
    """A landscape stored in all eight orientations by another program is the same landscape, as in Pillow."""
    file = assets / "formats" / f"Landscape_{orientation}.jpg"
    with Image.open(file) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB")).astype(int)
    pixels = decode(file.read_bytes(), LIMITS)
    assert pixels.shape == expected.shape == (450, 600, 3)
    assert np.abs(pixels - expected).mean() < 2
