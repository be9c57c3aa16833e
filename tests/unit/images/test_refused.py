"""detector/images/decoding.py: bytes that are not a photo, or too much of one."""

import io
import re
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from detector.errors import ImageTooLarge, UnreadableImage
from detector.images import FORMATS, ImageLimits, decode
from detector.images.encodings import items
from tests.support.encoding import encode, exif_behind, held, noise, png_header, upright
from tests.support.hostile import gif, jpeg, png, tiff
from tests.support.hostile.mutations import samples
from tests.support.memory import measured

LIMITS = ImageLimits()
SMALL = ImageLimits(pixels=1_000_000, side=4000)  # a flipped bit may announce a huge photo

SAMPLES = samples()


def decode_or_refuse(data: bytes) -> None:
    """Decodes; a refusal is fine, and so is a valid image. Any other exception fails the test."""
    try:
        pixels = decode(data, SMALL)
    except (UnreadableImage, ImageTooLarge) as refusal:
        assert re.search("[Ss]end|[Ss]cale", str(refusal))  # noqa: PT017 - the sentence is only looked at
    else:
        height, width, channels = pixels.shape
        assert pixels.dtype == np.uint8
        assert channels == 3
        assert width * height <= SMALL.pixels
        assert max(width, height) <= SMALL.side


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0", id="one byte"),
        pytest.param(b"\xff\xd8\xff", id="the start of a JPEG"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="the signature of a PNG"),
        pytest.param(b"no photo at all", id="text"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="SVG"),
        pytest.param(b"%PDF-1.7", id="PDF"),
        pytest.param(b"P6 1 1 255 abc", id="PPM, which Pillow and OpenCV could read"),
    ],
)
def test_refuses_other_bytes(data: bytes) -> None:
    """Bytes of any other kind are refused in a sentence that repeats none of them."""
    with pytest.raises(UnreadableImage) as refusal:
        decode(data, LIMITS)
    assert not data or repr(data) not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("JPEG XL", b"\xff\x0a" + bytes(100), id="a bare JPEG XL"),
        pytest.param("JPEG XL", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(100), id="a JPEG XL in boxes"),
        pytest.param("JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100), id="a JPEG 2000 in boxes"),
        pytest.param("JPEG 2000", b"\xff\x4f\xff\x51" + bytes(100), id="a bare JPEG 2000"),
    ],
)
def test_names_formats_that_are_not_decoded(name: str, data: bytes) -> None:
    """A known format that is not decoded is named in the refusal, with what to send instead."""
    with pytest.raises(UnreadableImage, match=f"{name} is not decoded here: send"):
        decode(data, LIMITS)


def test_names_heic_without_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra for HEIC, the refusal of such a photo says so, and which extra decodes it."""
    monkeypatch.setattr(items, "HAS_HEIC", False)
    with pytest.raises(UnreadableImage, match=r"HEIC photo.*send it as a JPEG.*extra heif"):
        decode(encode(upright(), "HEIC"), LIMITS)


def test_damaged_sizes_of_heic_are_refused() -> None:
    """A HEIC whose coded frame exceeds its announced size is refused from its header."""
    data = encode(upright(), "HEIC")
    at = data.index(b"ispe") + 8
    with pytest.raises((UnreadableImage, ImageTooLarge)):
        decode(data[:at] + bytes.fromhex("0000ffff0000ffff") + data[at + 8 :], LIMITS)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.9, 0.98], ids=lambda share: f"{share:.0%} left")
@pytest.mark.parametrize("kind", SAMPLES)
def test_refuses_truncated(kind: str, share: float) -> None:
    """A truncated file is refused, not decoded to half an image."""
    data = encode(noise(160, 120), kind) if kind in FORMATS else SAMPLES[kind]
    if kind.startswith("animated"):
        share /= 3  # within its first frame
    with pytest.raises(UnreadableImage, match="whole"):
        decode(data[: int(len(data) * share)], LIMITS)


@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9])
def test_refuses_jpegs_cut_off_before_an_end_marker(photo: bytes, share: float, progressive: bool) -> None:
    """A JPEG with missing parts is refused, even if it ends in an end marker."""
    with Image.open(io.BytesIO(photo)) as image:
        data = encode(image, "JPEG", progressive=progressive)
    with pytest.raises(UnreadableImage):
        decode(data[: int(len(data) * share)] + b"\xff\xd9", LIMITS)


@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
def test_takes_jpegs_without_end_marker(photo: bytes, progressive: bool) -> None:
    """A JPEG that lacks only its end marker is decoded; without one of its last lines as well."""
    with Image.open(io.BytesIO(photo)) as image:
        data = encode(image, "JPEG", progressive=progressive)
    assert data.endswith(b"\xff\xd9")
    assert (decode(data[:-2], LIMITS) == decode(data, LIMITS)).all()


@pytest.mark.parametrize(("name", "taken"), [("cat_trunc60.jpg", False), ("cat_trunc_eoi.jpg", True)])
def test_truncated_photos(assets: Path, name: str, taken: bool) -> None:
    """A truncated photo is refused, unless only its end marker is missing."""
    with nullcontext() if taken else pytest.raises(UnreadableImage):
        decode((assets / "formats" / name).read_bytes(), LIMITS)


@given(st.sampled_from([data[:12] for data in SAMPLES.values()] + [b""]), st.binary(max_size=300))
@example(b"", b"")
def test_any_bytes_get_an_answer(start: bytes, rest: bytes) -> None:
    """Decoding any bytes gives a valid image or one of the two refusals."""
    decode_or_refuse(start + rest)


@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    st.sampled_from([0.0, 0.02, 1.0]),
    st.sampled_from([1.0, 1.0, 0.9, 0.5]),
)
def test_damaged_files_get_an_answer(kind: str, changes: list[tuple[float, int]], reach: float, share: float) -> None:
    """Files with bytes overwritten, near their start or anywhere, and perhaps cut, give an image or a refusal."""
    data = bytearray(SAMPLES[kind])
    for place, value in changes:
        data[int(place * max(reach * len(data), min(64, len(data))))] = value
    decode_or_refuse(bytes(data[: int(len(data) * share)]))


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [
        pytest.param(100, 50, True, id="at both limits"),
        pytest.param(50, 100, True, id="the other way round"),
        pytest.param(101, 1, False, id="a side too long by one"),
        pytest.param(1, 101, False, id="the other side"),
        pytest.param(51, 100, False, id="too many pixels"),
        pytest.param(73, 69, False, id="too many pixels by 37"),
    ],
)
def test_limits(width: int, height: int, fits: bool) -> None:
    """A photo at its limits is decoded, one beyond them is refused, in a sentence that names them."""
    limits = ImageLimits(pixels=5000, side=100)
    data = encode(upright().resize((width, height)), "JPEG")
    if fits:
        limits.check_size(width, height)
        assert decode(data, limits).shape == (height, width, 3)
    else:
        with pytest.raises(ImageTooLarge, match="at most 5000 pixels and 100 along a side"):
            decode(data, limits)


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(2**31 - 1, 2**31 - 1, id="the largest PNG"),
        pytest.param(65_536, 65_536, id="2 to the 32 pixels"),
        pytest.param(20_000, 20_000, id="400 megapixels"),
        pytest.param(100_000, 1, id="a long line"),
    ],
)
def test_bombs_are_refused_from_their_header(width: int, height: int) -> None:
    """A file that announces too many pixels is refused as too large though it holds none: nothing was decoded."""
    with pytest.raises(ImageTooLarge):
        decode(png_header(width, height), LIMITS)


@pytest.mark.parametrize("name", ["65536-uint32-limit.png", "x_bomb_20000x20000_gray.png", "decompression_bomb.gif"])
def test_known_bombs(assets: Path, name: str) -> None:
    """Known decompression bombs are refused as too large."""
    with pytest.raises(ImageTooLarge):
        decode((assets / "hostile" / name).read_bytes(), LIMITS)


@pytest.mark.parametrize("name", ["broken.png", "check.svg", "corrupt-header.jpg", "truncated.jpg"])
def test_known_broken_files(assets: Path, name: str) -> None:
    """Files known to be broken are refused as unreadable."""
    with pytest.raises(UnreadableImage):
        decode((assets / "hostile" / name).read_bytes(), LIMITS)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        pytest.param("corrupted.jpg", (2736, 3648, 3), id="rubbish within the data"),
        pytest.param("image00971.jpg", (227, 636, 3), id="no Huffman tables of its own"),
        pytest.param("invalid-exif.jpg", (200, 200, 3), id="invalid EXIF"),
        pytest.param("junk_jpeg_header.jpg", (768, 1024, 3), id="rubbish between markers"),
        pytest.param("png_decompression_dos.png", (1, 1, 3), id="a text that unpacks to 64 MB, which is not read"),
        pytest.param("x_3x5000.png", (5000, 3, 3), id="a very thin image"),
    ],
)
def test_odd_but_readable_files(assets: Path, name: str, shape: tuple[int, ...]) -> None:
    """Files that are merely odd are decoded to the size that they announce."""
    assert decode((assets / "hostile" / name).read_bytes(), LIMITS).shape == shape


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(gif.HUGE_FRAME, id="a GIF whose frame has 4 gigapixels"),
        pytest.param(png.HUGE_CHUNK, id="a PNG whose chunk has 4 GB"),
        pytest.param(jpeg.empty_scans(512, 1000), id="a JPEG of 1,000 empty scans"),
        pytest.param(tiff.shared_bytes(400, 1 << 20), id="a TIFF of 400 fields on the same bytes"),
        pytest.param(tiff.shared_bytes(60_000, 1 << 10), id="a TIFF of 60,000 fields on the same bytes"),
    ],
)
def test_refuses_expensive_files(data: bytes) -> None:
    """Files that would cost a decoder gigabytes or seconds are refused before one sees them."""
    with pytest.raises((UnreadableImage, ImageTooLarge)), measured() as peak:
        decode(data, LIMITS)
    assert peak() < 20


def test_decodes_once_with_exif_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for EXIF data behind a PNG's pixels does not decode them."""
    monkeypatch.setattr(Image, "open", lambda *_args, **_options: pytest.fail("decoded by Pillow too"))
    assert decode(exif_behind(held("PNG", 6)), LIMITS).shape == np.asarray(upright()).shape
