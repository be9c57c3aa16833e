"""detector/images/decoding.py: JPEGs that are decoded at a reduced size."""

import cv2
import numpy as np
import pytest
from PIL import Image

from detector.errors import ImageTooLarge
from detector.images import ImageLimits, decode, decode_scaled
from tests.support.encoding import encode

LIMITS = ImageLimits()
WIDTH, HEIGHT = 641, 479


def landscape() -> Image.Image:
    """Soft colours, darker to the right and redder to the bottom, with indivisible sizes."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    samples = np.stack([rows * 255 // HEIGHT, 255 - columns * 255 // WIDTH, (rows + columns) % 256 // 8 + 90], axis=2)
    return Image.fromarray(samples.astype(np.uint8))


@pytest.mark.parametrize(("wanted", "times"), [(1, 1), (2, 2), (4, 4), (8, 8), (16, 8), (64, 8)])
@pytest.mark.parametrize("progressive", [False, True])
def test_is_averaged(wanted: int, times: int, progressive: bool) -> None:
    """A JPEG is decoded at 1/2, 1/4 or 1/8, no smaller than wanted, as if averaged; it keeps its size."""
    data = encode(landscape(), "JPEG", quality=95, progressive=progressive)
    image = decode_scaled(data, LIMITS, lambda _width, _height: wanted)
    height, width = image.pixels_rgb.shape[:2]
    assert (image.width, image.height) == (WIDTH, HEIGHT)
    assert (width, height) == (-(-WIDTH // times), -(-HEIGHT // times))
    averaged = cv2.resize(decode(data, LIMITS), (width, height), interpolation=cv2.INTER_AREA)
    assert np.abs(image.pixels_rgb.astype(int) - averaged).mean() < 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_asks_about_the_upright_photo(orientation: int) -> None:
    """The wanted reduction and the photo's size refer to the upright photo."""
    asked = []

    def divisor(width: int, height: int) -> int:
        asked.append((width, height))
        return 2

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(landscape(), "JPEG", exif=exif)
    image = decode_scaled(data, LIMITS, divisor)
    whole = decode(data, LIMITS)
    assert asked == [(image.width, image.height)] == [whole.shape[1::-1]]
    shown = cv2.resize(whole, image.pixels_rgb.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(image.pixels_rgb.astype(int) - shown).mean() < 3


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP"])
def test_others_come_whole(kind: str) -> None:
    """Encodings that cannot be decoded at a reduced size are decoded in full."""
    image = decode_scaled(encode(landscape(), kind), LIMITS, lambda _width, _height: 8)
    assert image.pixels_rgb.shape == (HEIGHT, WIDTH, 3)


def test_is_scaled_down_rather_than_refused() -> None:
    """A JPEG that costs too much at the size that is wanted is decoded at the coarsest that is allowed."""
    data = encode(landscape().resize((10_000, 7_000), Image.Resampling.NEAREST), "JPEG")
    with pytest.raises(ImageTooLarge):
        decode_scaled(data, ImageLimits(), lambda _width, _height: 1)
    image = decode_scaled(data, ImageLimits(), lambda _width, _height: 1, coarsest=lambda _width, _height: 4)
    assert (image.width, image.height) == (10_000, 7_000)
    assert image.pixels_rgb.shape == (1750, 2500, 3)
    small = decode_scaled(encode(landscape(), "JPEG"), LIMITS, lambda *_: 1, coarsest=lambda *_: 4)
    assert small.pixels_rgb.shape[:2] == (small.height, small.width)
