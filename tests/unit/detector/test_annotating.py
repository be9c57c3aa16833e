"""detector/detector.py: photos with their detections drawn."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from detector.detector import Detector
from detector.images import Tiling
from tests.support.detecting import CRITERIA, STRICTER, everything, spread_out, tiled
from tests.support.detections import detections
from tests.support.encoding import encode, held, upright


def test_annotates_the_upright_photo(detector: Detector) -> None:
    """The annotated photo is a JPEG that needs no turning, in the size of the upright photo."""
    with Image.open(io.BytesIO(detector.annotate(held("JPEG", 6), [everything(detector, STRICTER)]))) as image:
        assert (image.format, image.size) == ("JPEG", (48, 32))
        assert not image.getexif()
        assert np.abs(np.asarray(image, int) - np.asarray(upright(), int)).mean() < 8


def test_annotates_large_photos_scaled_down(detector: Detector) -> None:
    """A JPEG of more than 16 megapixels is annotated at half of its size."""
    data = encode(upright().resize((6000, 4000)), "JPEG")
    with Image.open(io.BytesIO(detector.annotate(data, [everything(detector, STRICTER)]))) as image:
        assert image.size == (3000, 2000)


def test_annotates_the_detections(detector: Detector, photo: bytes) -> None:
    """The photo is changed around every detection, and nowhere else."""
    found = detections(detector.detect(photo, [everything(detector)]))
    with Image.open(io.BytesIO(detector.annotate(photo, [everything(detector)]))) as image:
        changed = np.abs(np.asarray(image, int) - np.asarray(Image.open(io.BytesIO(photo)), int)).max(axis=2) > 90
    for left, top, _, bottom in (each.box_xyxy for each in found):
        side = changed[int(top * 320) : int(bottom * 320), int(left * 480) - 2 : int(left * 480) + 3]
        assert side.any(axis=1).mean() > 0.9
    assert not changed[:100].any()


@pytest.mark.slow
def test_annotates_detections_in_tiles(detector: Detector, photo: bytes) -> None:
    """A large photo is tiled in full detail, but drawn at half of its size."""
    scene, query = spread_out(photo, 12), tiled(detector, Tiling(0.0, 12, 12), replace(CRITERIA, score=0.5))
    with (
        Image.open(io.BytesIO(detector.annotate(scene, [everything(detector)]))) as plain,
        Image.open(io.BytesIO(detector.annotate(scene, [query]))) as image,
    ):
        assert image.size == plain.size == (2880, 1920)
        changed = (np.abs(np.asarray(image, int) - np.asarray(plain, int)) > 90).any(axis=2)
    for left, top, _, bottom in (each.box_xyxy for each in detections(detector.detect(scene, [query]))):
        side = changed[int(top * 1920) : int(bottom * 1920), int(left * 2880) - 6 : int(left * 2880) + 7]
        assert side.any(axis=1).mean() > 0.8
    assert changed.any()
