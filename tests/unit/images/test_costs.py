"""detector/images/: the memory that a photo is charged is what decoding it takes, or more."""

import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from detector.errors import ImageTooLarge
from detector.images import ImageLimits, decode, read_header, total_cost
from detector.images.encodings.jpeg import read as read_jpeg
from tests.support.encoding import bmp_rgb565, encode, exif, noise, upright
from tests.support.hostile import costly
from tests.support.hostile.tiff import grey, tiff
from tests.support.memory import measured

LIMITS = ImageLimits()
WIDTH, HEIGHT = 2400, 1800
SLACK = 6e6  # bytes: libraries' own, and what the C library rounds up
FAST: dict[str, Any] = {"enc_params": {"preset": "ultrafast"}}


def smooth(mode: str = "RGB") -> Image.Image:
    """A large image that is encoded fast."""
    return upright().resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR).convert(mode)


def transparent() -> Image.Image:
    """A large image with alpha that varies, since encoders leave out what does not."""
    image = smooth("RGBA")
    image.putalpha(smooth("L"))
    return image


def deep(suffix: str, *options: int) -> bytes:
    """A large image with 16 bits per sample, or as many as the options say."""
    return cv2.imencode(suffix, np.asarray(smooth(), np.uint16) * 257, options)[1].tobytes()


def deep_heic(chroma: int) -> bytes:
    """A HEIC with more than 8 bits per sample."""
    samples = (np.asarray(smooth(), np.uint16) * 257).tobytes()
    file = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (WIDTH, HEIGHT), samples).save(file, quality=50, chroma=chroma, **FAST)
    return file.getvalue()


GRAIN = {"advanced": {"film-grain-test": "16"}, "speed": 10}
AVIF_DEEP = [cv2.IMWRITE_AVIF_DEPTH, 12, cv2.IMWRITE_AVIF_SPEED, 10]
FILES: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: encode(smooth(), "JPEG"),
    "turned JPEG": lambda: encode(smooth(), "JPEG", exif=exif(6)),
    "progressive CMYK JPEG": lambda: encode(smooth("CMYK"), "JPEG", progressive=True, exif=exif(6)),
    "JPEG with bytes behind its end": lambda: encode(smooth(), "JPEG") + bytes(20_000_000),
    "JPEG with metadata": lambda: encode(smooth(), "JPEG", icc_profile=bytes(12_000_000)),
    "JPEG with bytes between its segments": lambda: encode(smooth(), "JPEG").replace(
        b"\xff\xdb", bytes(15_000_000) + b"\xff\xdb", 1
    ),
    "PNG": lambda: encode(smooth(), "PNG", compress_level=1),
    "grey PNG": lambda: encode(smooth("L"), "PNG", compress_level=1),
    "PNG with a palette": lambda: encode(smooth("P"), "PNG", compress_level=1),
    "PNG of 1 bit": lambda: encode(smooth("1"), "PNG", compress_level=1),
    "PNG of 16 bits": lambda: deep(".png"),
    "PNG with alpha": lambda: encode(transparent(), "PNG", compress_level=1),
    "lossy WebP": lambda: encode(smooth(), "WEBP", lossless=False, method=0),
    "WebP": lambda: encode(smooth(), "WEBP", quality=0, method=0),
    "GIF": lambda: encode(smooth(), "GIF"),
    "BMP": lambda: encode(smooth(), "BMP"),
    "BMP with a palette": lambda: encode(smooth("P"), "BMP"),
    "RGB565 BMP": lambda: bmp_rgb565(smooth()),
    "TIFF": lambda: encode(smooth(), "TIFF"),
    "Deflate TIFF": lambda: encode(smooth(), "TIFF", compression="tiff_adobe_deflate"),
    "LZW TIFF with alpha": lambda: encode(transparent(), "TIFF", compression="tiff_lzw"),
    "TIFF of 16 bits": lambda: deep(".tif"),
    "AVIF": lambda: encode(smooth(), "AVIF", speed=10),
    "AVIF with alpha": lambda: encode(transparent(), "AVIF", speed=10),
    "AVIF with grain": lambda: encode(smooth(), "AVIF", **GRAIN),
    "AVIF of 12 bits": lambda: deep(".avif", *AVIF_DEEP),
    "HEIC": lambda: encode(smooth(), "HEIC", chroma=420, quality=50, **FAST),
    "HEIC with alpha": lambda: encode(transparent(), "HEIC", quality=50, **FAST),
    "HEIC of 10 bits": lambda: deep_heic(420),
    "HEIC of 10 bits with all colours": lambda: deep_heic(444),
}


@pytest.mark.parametrize("name", FILES)
def test_memory_is_charged(name: str) -> None:
    """Decoding takes no more memory than is charged before it starts."""
    data = FILES[name]()
    charged: list[int] = []
    with measured() as peak:
        decode(data, LIMITS, charged.append)
    assert peak() * 2**20 < charged[0] + SLACK


def test_costs_of_avif_kinds() -> None:
    """AVIF with grain, or with more bits or colours, is charged more; alpha is not charged as another photo."""
    kinds = {
        "plain": encode(smooth(), "AVIF", speed=10, subsampling="4:2:0"),
        "grain": encode(smooth(), "AVIF", subsampling="4:2:0", **GRAIN),
        "colours": encode(smooth(), "AVIF", speed=10, subsampling="4:4:4"),
        "deep": deep(".avif", *AVIF_DEEP),
        "alpha": encode(transparent(), "AVIF", speed=10, subsampling="4:2:0"),
    }
    costs = {kind: read_header(data).cost.bytes / WIDTH / HEIGHT for kind, data in kinds.items()}
    assert costs["plain"] == pytest.approx(11.5, abs=0.2)
    assert costs["grain"] == pytest.approx(13, abs=0.2)
    assert costs["colours"] == pytest.approx(13, abs=0.2)
    assert costs["deep"] > 13
    assert costs["alpha"] == pytest.approx(12.5, abs=0.2)


@pytest.mark.parametrize(("matrix", "times"), [(6, 1), (9, 1), (0, 1.5), (12, 1.5)])
def test_costs_of_avif_matrices(matrix: int, times: float) -> None:
    """A matrix for which there is no fast code costs more time, wherever it stands."""
    plain = encode(smooth(), "AVIF", speed=10, subsampling="4:2:0")
    at = plain.index(b"nclx") + 8
    other = plain[:at] + matrix.to_bytes(2, "big") + plain[at + 2 :]
    assert read_header(other).cost.milliseconds >= times * read_header(plain).cost.milliseconds


def test_costs_of_heic_kinds() -> None:
    """HEIC with more bits or more colours costs more time."""
    plain = encode(smooth(), "HEIC", chroma=420, quality=10, **FAST)
    colourful = encode(smooth(), "HEIC", chroma=444, quality=10, **FAST)
    times = [read_header(data).cost.milliseconds for data in (plain, colourful, deep_heic(420), deep_heic(444))]
    assert times[0] * 1.5 < min(times[1:3])
    assert max(times[1:3]) * 1.5 < times[3]


def test_sound_jpegs_are_not_copied() -> None:
    """The decoder gets a sound JPEG as it is, however large; only others are put together anew."""
    small, large = encode(noise(), "JPEG"), encode(noise(2000, 1800), "JPEG", quality=100)
    assert len(large) > 9e6
    for data in (small, large):
        assert read_jpeg(data).content is data
        assert read_jpeg(data[:-2]).content == data
        assert read_jpeg(data + b"more").content in (data, data + b"more\xff\xd9")


def test_a_jpeg_of_one_of_many_scans_costs_its_coefficients() -> None:
    """A progressive JPEG of a single scan costs the time to clear and read the memory for all its coefficients."""
    data = encode(smooth(), "JPEG", progressive=True)
    first = data.index(b"\xff\xda")
    following = data.index(b"\xff\xc4", first)
    costs = [read_header(each).cost.milliseconds for each in (data[:following] + b"\xff\xd9", data)]
    assert costs[0] > costs[1] / 5


@pytest.mark.parametrize("rows", [1800, 60], ids=["one strip", "strips"])
def test_tiny_blocks_of_deflate(rows: int) -> None:
    """A TIFF whose Deflate blocks hold a few bytes each, which takes zlib seconds, is given up in time."""
    with pytest.raises(ImageTooLarge, match="save it anew"):
        decode(costly.tiny_blocks(1800, 1800, rows), LIMITS)


def test_tiles_beyond_the_image() -> None:
    """A TIFF is charged for the whole of its tiles, shown or not; tiles much larger than the image are refused."""

    def tiled(height: int) -> bytes:
        fields = grey(16, 16_000, 8, 100, t322=1024, t323=height, t324=8, t325=100)
        return tiff([field for tag, field in fields.items() if tag not in (273, 278, 279)], bytes(100))

    assert read_header(tiled(1024)).cost.bytes > 1024 * 16_000 * 5
    with pytest.raises(ValueError, match="tiles larger"):
        read_header(tiled(16_000))


def test_turning_is_charged() -> None:
    """A photo that is stored on its side costs more time."""
    upright_ms, turned_ms = (
        total_cost(read_header(encode(smooth(), "JPEG", exif=exif(number))), 1).milliseconds for number in (1, 6)
    )
    assert upright_ms * 1.5 < turned_ms
