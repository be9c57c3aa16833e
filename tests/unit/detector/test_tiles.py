"""detector/detector.py: photos in tiles."""

import io
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector.boxes.geometry import iou
from detector.detector import Detector
from detector.images import Grid, ImageLimits, Tiling
from detector.serving.folder import ModelFolder
from detector.tflite.runtime import LITERT
from tests.support.detecting import STRICTER, TILINGS, Watched, everything, make, spread_out, tiled
from tests.support.detections import detections
from tests.support.encoding import encode, upright
from web.admission.admission import Admission, AdmissionLimits


@pytest.mark.parametrize("tiling", TILINGS, ids=["corner", "stated", "auto"])
def test_tiles_find_small_things(detector: Detector, photo: bytes, tiling: Tiling) -> None:
    """Cones that are too small in the whole photo are found in its tiles, even in a JPEG."""
    scene = spread_out(photo)
    assert not detections(detector.detect(scene, [everything(detector)]))
    found = detections(detector.detect(scene, [tiled(detector, tiling)]))
    boxes_xyxy = np.array([each.box_xyxy for each in found])
    for each in detections(detector.detect(photo, [everything(detector)])):
        assert iou((np.array(each.box_xyxy) + 4) / 5, boxes_xyxy).max() > 0.6


def test_queries_share_tiles(two_models: Path, photo: bytes) -> None:
    """A query without tiles is answered as if alone; a tile that two queries need is processed once."""
    runs: list[None] = []
    detector = make(two_models, Watched(before=lambda: runs.append(None)))
    scene = spread_out(photo)
    whole, tiling = everything(detector), tiled(detector, Tiling(0.2, 6, 6))
    [plain], [in_tiles] = (detector.detect(scene, [query]).stats for query in (whole, tiling))
    runs.clear()
    found = detector.detect(scene, [whole, tiling, replace(tiling, criteria=STRICTER), whole])
    assert len(runs) == 1 + 36
    assert found.stats[0] == found.stats[3] == plain
    assert found.stats[1] == in_tiles


def test_accounts_of_tiles_add_up(detector: Detector, photo: bytes) -> None:
    """Detections and dropped candidates add up to those that the model proposed in all tiles; the tiles are stated."""
    findings = detector.detect(spread_out(photo), [tiled(detector, Tiling(0.2, 6, 6))])
    (stats,) = findings.stats
    assert stats.candidates == len(findings.scores) + sum(astuple(stats.dropped))
    assert stats.grid == Grid(6, 6, 0.2)


def test_tiles_give_the_same_in_a_crowd(two_models: Path, photo: bytes) -> None:
    """Tiles give the same detections on all cores and, while others are at work, on one."""
    scene, admission = spread_out(photo), Admission(AdmissionLimits(at_once=4))
    detector = Detector(ModelFolder(two_models, LITERT), ImageLimits(), admission)
    query = tiled(detector, Tiling(0.2, 6, 6))
    alone = detections(detector.detect(scene, [query]))
    admission._present = 2
    assert detections(detector.detect(scene, [query])) == alone


@pytest.fixture(scope="module")
def huge() -> bytes:
    """A photo that is never decoded in full."""
    return encode(upright().resize((10_000, 7_000), Image.Resampling.NEAREST), "JPEG")


@pytest.mark.parametrize("tiling", [None, *TILINGS], ids=["none", "corner", "stated", "auto"])
def test_tiles_refuse_no_photo(detector: Detector, huge: bytes, tiling: Tiling | None) -> None:
    """A photo too large to be decoded in full is tiled as decoded, and annotated."""
    query = replace(everything(detector, STRICTER), tiling=tiling)
    assert detector.detect(huge, [query]).width == 10_000
    with Image.open(io.BytesIO(detector.annotate(huge, [query]))) as image:
        assert image.size == (2500, 1750)
