"""detector/images/encodings/vp8l.py: the number of a lossless WebP's groups of codes is read before it is decoded."""

import io
from random import Random

import cv2
import numpy as np
import pytest
from PIL import Image

from detector.errors import ImageTooLarge
from detector.images import ImageLimits, decode
from detector.images.encodings.vp8l import max_code_groups
from tests.support.hostile import webp

SIGNATURE = b"VP8L"
ENCODER_GROUPS = 2600  # MAX_HUFF_IMAGE_SIZE of libwebp's encoder


def encoded(image: Image.Image, **options: object) -> bytes:
    """A lossless WebP."""
    file = io.BytesIO()
    image.save(file, "WEBP", lossless=True, exact=True, **options)
    return file.getvalue()


def content(data: bytes) -> bytes:
    """The content of the image's chunk."""
    return data[data.index(SIGNATURE) + 8 :]


def images(photo: bytes) -> dict[str, Image.Image]:
    """Images for which the encoder uses different transforms."""
    whole = Image.open(io.BytesIO(photo)).convert("RGB")
    noise = np.random.default_rng(0).integers(0, 256, (211, 333, 3), np.uint8)
    return {
        "photo": whole,
        "large photo": whole.resize((1500, 1000)),
        "noise": Image.fromarray(noise),
        "one colour": Image.new("RGB", (900, 700), (1, 2, 3)),
        "alpha": whole.convert("RGBA"),
        "line": whole.resize((1000, 1)),
        "pixel": whole.resize((1, 1)),
        **{f"{colours} colours": whole.quantize(colours).convert("RGB") for colours in (2, 3, 5, 17, 200)},
    }


@pytest.mark.parametrize("method", [0, *(pytest.param(each, marks=pytest.mark.slow) for each in (3, 6))])
def test_real_files(photo: bytes, method: int) -> None:
    """A file of the real encoder is read to its end, and has no more groups than that encoder makes."""
    for name, image in images(photo).items():
        data = encoded(image, method=method, quality=90)
        assert 1 <= max_code_groups(content(data), *image.size)[0] <= ENCODER_GROUPS, name


def test_bounds_the_groups() -> None:
    """If the groups have an image, its size is the bound."""
    assert max_code_groups(content(webp.code_tables(256, 4096)), 256, 256)[0] == 4096
    assert max_code_groups(content(webp.code_tables(512, 100)), 512, 512)[0] == 16_384


def test_too_many_are_refused() -> None:
    """A file of 300 kB whose code tables would take 356 MB is refused from its header."""
    with pytest.raises(ImageTooLarge):
        decode(webp.code_tables(1024, 65_536), ImageLimits())


def test_refuses_nothing_that_decodes(photo: bytes) -> None:
    """Damaged files that the decoder accepts are read; the others raise nothing else."""
    chance = Random(20)
    sound = encoded(images(photo)["photo"].resize((96, 64)), method=6)
    start = sound.index(SIGNATURE) + 8
    taken = refused = 0
    for _ in range(800):
        damaged = bytearray(sound)
        damaged[start + 5 + int(chance.expovariate(1 / 60)) % (len(sound) - start - 5)] ^= 1 << chance.randrange(8)
        decodes = cv2.imdecode(np.frombuffer(damaged, np.uint8), cv2.IMREAD_COLOR) is not None
        try:
            max_code_groups(content(bytes(damaged)), 96, 64)
            taken += decodes
        except ValueError:
            assert not decodes
            refused += 1
    assert min(taken, refused) > 50
