"""detector/families/ssd/anchors.py."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.families.ssd.anchors import fpn_anchors, ssd_anchors, usual_anchors
from detector.files.modelfile import ModelFile
from tests.support.running import rewritten


@pytest.mark.parametrize(
    ("width", "height", "count"),
    [(300, 300, 1917), (320, 320, 2034), (320, 320, 12804), (640, 640, 51150), (640, 320, 25590)],
)
def test_finds_the_configuration_by_the_number(width: int, height: int, count: int) -> None:
    """The configurations of published models are found by their number of boxes, at 640 x 320 and 640 x 640 pixels."""
    anchors_cxcywh = usual_anchors(width, height, count)
    assert anchors_cxcywh is not None
    assert anchors_cxcywh.shape == (count, 4)


def test_another_number_is_not_guessed() -> None:
    """A number of anchors that no configuration has gives none."""
    assert usual_anchors(300, 300, 1916) is None


@pytest.mark.parametrize("anchors", [ssd_anchors, fpn_anchors])
def test_an_oblong_input_has_square_anchors_too(anchors: Callable[[int, int], NDArray[np.float32]]) -> None:
    """An aspect of 1 is a square of pixels, whatever the image's shape."""
    size = (640, 320)
    width, height = anchors(*size)[0, 2:] * size
    assert width == pytest.approx(height)


@pytest.mark.parametrize(
    ("name", "step"),
    [("ssd_fpnlite_tf2_cat_raccoon", 1e-6), ("ssd_mobilenet_v1_coco", 0.0033), ("ssd_mobilenet_v1_pets", 0.0033)],
)
def test_anchors_of_public_models(assets: Path, name: str, step: float) -> None:
    """The anchors in files of both configurations equal these, up to a step of quantisation."""
    file = rewritten(ModelFile.read(assets / "models" / f"{name}.tflite"))
    assert file.embedded.ssd is not None
    brought = file.embedded.ssd.anchors_cxcywh
    tensor = file.input_tensor()
    usual = usual_anchors(tensor.shape[2], tensor.shape[1], len(brought))
    assert usual is not None
    assert np.abs(usual - brought).max() < step
