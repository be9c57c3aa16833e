"""detector/images/decoding.py: every encoding becomes an image. See also test_orientation.py, test_refused.py."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from detector.images import FORMATS, ImageLimits, decode
from detector.images.decoders import SAMPLING, decode_opencv
from detector.images.encodings import read_header
from detector.images.encodings.jpeg import without_metadata
from tests.support.encoding import (
    FAITHFUL,
    HEIGHT,
    NEARLY,
    QUADRANTS,
    WIDTH,
    bmp_rgb565,
    chunk,
    encode,
    held,
    noise,
    upright,
)
from tests.support.hostile.jpeg import inserted, segment, with_factors

LIMITS = ImageLimits()
UPRIGHT = np.asarray(upright())
GREY = np.asarray(upright().convert("L").convert("RGB"))
CLEAR_TO_OPAQUE = Image.fromarray(np.tile(np.linspace(0, 255, WIDTH, dtype=np.uint8), (HEIGHT, 1)))


def difference(data: bytes, expected: NDArray[np.uint8]) -> int:
    """The largest difference of any sample between a decoded file and the expected image."""
    pixels = decode(data, LIMITS)
    assert pixels.shape == expected.shape
    return int(np.abs(pixels.astype(int) - expected).max())


def test_every_format_is_tested() -> None:
    """The tests encode a photo in every promised format."""
    assert set(FAITHFUL) == set(FORMATS)


@pytest.mark.parametrize("kind", FORMATS)
def test_decodes(kind: str) -> None:
    """Every format gives its image as RGB samples of 8 bits, laid out row by row."""
    pixels = decode(encode(upright(), kind), LIMITS)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert difference(encode(upright(), kind), UPRIGHT) <= NEARLY


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        pytest.param("JPEG", "L", {}, id="grey JPEG"),
        pytest.param("PNG", "L", {}, id="grey PNG"),
        pytest.param("PNG", "LA", {}, id="grey PNG with alpha"),
        pytest.param("GIF", "L", {}, id="grey GIF"),
        pytest.param("BMP", "L", {}, id="grey BMP"),
        pytest.param("TIFF", "L", {}, id="grey TIFF"),
        pytest.param("AVIF", "L", {}, id="grey AVIF"),
    ],
)
def test_grey_becomes_rgb(kind: str, mode: str, options: dict[str, str]) -> None:
    """A grey photo becomes three equal samples per pixel."""
    assert difference(encode(upright().convert(mode), kind, **options), GREY) <= NEARLY


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        pytest.param("JPEG", "CMYK", {}, id="JPEG of printing inks"),
        pytest.param("JPEG", "RGB", {"progressive": True}, id="progressive JPEG"),
        pytest.param("PNG", "P", {}, id="PNG with a palette"),
        pytest.param("GIF", "P", {"interlace": 1}, id="interlaced GIF"),
        pytest.param("BMP", "P", {}, id="BMP with a palette"),
        pytest.param("TIFF", "P", {}, id="TIFF with a palette"),
        pytest.param("TIFF", "CMYK", {}, id="TIFF of printing inks"),
        pytest.param("TIFF", "RGB", {"compression": "tiff_lzw"}, id="TIFF, LZW"),
        pytest.param("TIFF", "RGB", {"compression": "tiff_adobe_deflate"}, id="TIFF, deflate"),
        pytest.param("TIFF", "RGB", {"compression": "packbits"}, id="TIFF, PackBits"),
        pytest.param("TIFF", "RGB", {"compression": "jpeg", "quality": 95}, id="TIFF, JPEG inside"),
        pytest.param("WEBP", "RGB", {"lossless": False, "quality": 100}, id="lossy WebP"),
    ],
)
def test_keeps_colours(kind: str, mode: str, options: dict[str, object]) -> None:
    """Colours survive every way to store them; if chroma is coarser, away from the colours' borders."""
    image = upright().quantize(4) if mode == "P" else upright().convert(mode)
    pixels = decode(encode(image, kind, **options), LIMITS)
    centres = [pixels[y, x] for y in (HEIGHT // 4, 3 * HEIGHT // 4) for x in (WIDTH // 4, 3 * WIDTH // 4)]
    assert np.abs(np.array(centres).astype(int) - list(QUADRANTS.values())).max() <= NEARLY


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF", "AVIF"])
def test_drops_alpha(kind: str) -> None:
    """Colours stay as they are, however transparent, and red stays red."""
    image = upright()
    image.putalpha(CLEAR_TO_OPAQUE)
    assert difference(encode(image, kind), UPRIGHT) <= NEARLY


@pytest.mark.parametrize("transparent", range(4))
@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_drops_a_transparent_colour(kind: str, transparent: int) -> None:
    """A palette's transparent colour is shown as the colour that it has."""
    assert difference(encode(upright().quantize(4), kind, transparency=transparent), UPRIGHT) == 0


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled(kind: str) -> None:
    """16-bit samples are scaled to 8 bits; a dark photo stays dark and does not turn white."""
    ramp = np.tile(np.arange(WIDTH, dtype=np.uint16) * 1000, (HEIGHT, 1))
    expected = np.repeat(np.rint(ramp[..., None] / 257), 3, axis=2).astype(np.uint8)
    assert difference(encode(Image.fromarray(ramp), kind), expected) <= 1


@pytest.mark.parametrize("channels", [3, 4], ids=["RGB", "RGB and alpha"])
def test_16_bit_colour_is_scaled(channels: int) -> None:
    """A PNG of 16 bits per colour gives the same image as one of 8 bits."""
    layers: list[NDArray[np.uint8]] = [UPRIGHT[..., ::-1], np.asarray(CLEAR_TO_OPAQUE)]
    samples = np.dstack(layers)[..., :channels]
    _, png = cv2.imencode(".png", samples.astype(np.uint16) * 257)
    assert difference(png.tobytes(), UPRIGHT) == 0


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "AVIF"])
def test_first_frame(kind: str) -> None:
    """The first of several frames or pages is decoded."""
    others = [Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in ("black", "yellow")]
    options = {} if kind == "TIFF" else {"duration": 50}
    assert difference(encode(upright(), kind, save_all=True, append_images=others, **options), UPRIGHT) <= NEARLY


def test_phone_photo_with_a_second_photo() -> None:
    """The first photo is decoded of a JPEG that holds more behind it (MPO, as phones write it)."""
    file = io.BytesIO()
    thumbnail = upright().resize((WIDTH // 4, HEIGHT // 4))
    upright().save(file, "MPO", save_all=True, append_images=[thumbnail], **FAITHFUL["JPEG"])
    with Image.open(io.BytesIO(file.getvalue())) as made:
        assert made.format == "MPO"
    assert difference(file.getvalue(), UPRIGHT) <= NEARLY


def test_nothing_behind_the_pixels_reaches_the_decoder() -> None:
    """Of a large JPEG in one scan, the decoder gets what lies before the scan's end, and finds the same pixels."""
    photo = encode(noise(), "JPEG")
    padded = photo[:-2] + segment(0xE2, b"ICC_PROFILE\0\1\1") * 600_000 + photo[-2:]
    assert read_header(padded).content == photo
    assert difference(padded, decode(photo, ImageLimits())) == 0


def test_odd_sampling_keeps_the_colours_of_an_adobe_file() -> None:
    """A JPEG that takes the other decoder loses its metadata, except how its colours are stored."""
    odd = with_factors(encode(upright(), "JPEG", keep_rgb=True), 0x31, 0)
    with pytest.raises(ValueError, match=SAMPLING):
        simplejpeg.decode_jpeg(odd)
    commented = inserted(odd, segment(0xFE, b"a comment"))
    assert difference(commented, np.asarray(Image.open(io.BytesIO(odd)))) == 0
    assert without_metadata(commented) == without_metadata(odd) != commented


def test_gif_with_extensions() -> None:
    """The first frame of a GIF is that of another reader, whatever extensions come before it."""
    frame = upright().convert("P")
    file = encode(frame, "GIF", comment=b"words " * 100, transparency=2, loop=0, save_all=True, append_images=[frame])
    for kind in (b"\xfe", b"\x01", b"\xf9"):
        at = file.index(b"!")
        extended = file[:at] + b"!" + kind + b"\4\0\0\0\0\0" + file[at:]
        assert difference(extended, np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))) == 0


def test_a_broken_exif_text_does_not_hide_exif_data() -> None:
    """A PNG's first EXIF text that cannot be read leaves the orientation to its EXIF data."""
    sound = held("PNG", 6)
    broken = sound[:33] + chunk(b"tEXt", b"Raw profile type exif\0x x xyz") + sound[33:]
    assert read_header(broken).orientation == 6


def test_rgb565_bmp_takes_the_other_decoder() -> None:
    """A BMP of 16 bits per pixel, which OpenCV cannot read, is decoded."""
    data = bmp_rgb565(upright())
    with pytest.raises(ValueError, match="damaged"):
        decode_opencv(read_header(data))
    assert difference(data, UPRIGHT) <= 8


def test_samples_of_other_programs(assets: Path) -> None:
    """Photos from other programs decode to their known sizes."""
    sizes = {
        name: decode((assets / "formats" / name).read_bytes(), LIMITS).shape
        for name in ("canon_hdr_YES_orient6.jpg", "jolla.jpg", "hopper_gray.jpg", "pil_sample_cmyk.jpg")
    }
    assert sizes == {
        "canon_hdr_YES_orient6.jpg": (2048, 1536, 3),
        "jolla.jpg": (2448, 3264, 3),
        "hopper_gray.jpg": (128, 128, 3),
        "pil_sample_cmyk.jpg": (100, 100, 3),
    }
