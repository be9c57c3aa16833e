"""The inputs that families make of images: channels, order, place and size."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.boxes.geometry import from_centres
from detector.errors import UnusableModel
from detector.families.recognition import recognise
from detector.files import sidecar
from detector.files.input import LAYOUTS, ImageInput
from detector.files.metadata import Embedded
from detector.files.modelfile import ModelFile
from detector.files.sidecar import Normalisation, Sidecar
from detector.images.placement import Placement, corner, stretch
from detector.tflite.tensor import Tensor
from tests.support.made_models import facts

UNIT = Normalisation(0.0, 255.0)
IMAGENET = Normalisation((124.0, 116.0, 104.0), (58.0, 57.0, 56.0))


def colour(width: int = 64, height: int = 64) -> NDArray[np.uint8]:
    """An image of one colour: red 10, green 20, blue 30."""
    return np.full((height, width, 3), (10, 20, 30), np.uint8)


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8", "int8"])
@pytest.mark.parametrize("bgr", [False, True])
@pytest.mark.parametrize("shape", [(1, 8, 4, 3), (1, 3, 8, 4)], ids=["channels last", "channels first"])
def test_channel_order(dtype: str, bgr: bool, shape: tuple[int, ...]) -> None:
    """Each channel is in its place, last or first, as RGB or BGR."""
    image_input = ImageInput(Tensor(0, "in", shape, np.dtype(dtype), 0.0, 0), None, bgr=bgr)
    assert (image_input.width, image_input.height) == (4, 8)
    filled = image_input.fill(colour(), stretch(4, 8, 4, 8))
    assert (filled.shape, filled.dtype) == (shape, np.dtype(dtype))
    assert filled.flags.c_contiguous
    less = 128 if dtype == "int8" else 0
    wanted = np.array([30, 20, 10] if bgr else [10, 20, 30]) - less
    assert (np.moveaxis(filled[0], 0, -1) if shape[1] == 3 else filled[0]).tolist() == [[wanted.tolist()] * 4] * 8


def test_channels_have_their_own_normalisation() -> None:
    """Three means and deviations are for the input's channels, in its own order."""
    tensor = Tensor(0, "in", (1, 8, 8, 3), np.dtype("float32"), 0.0, 0)
    wanted = [(10 - 124) / 58, (20 - 116) / 57, (30 - 104) / 56]
    assert ImageInput(tensor, IMAGENET).fill(colour(), stretch(8, 8, 8, 8))[0, 4, 4] == pytest.approx(wanted)
    wanted = [(30 - 124) / 58, (20 - 116) / 57, (10 - 104) / 56]
    assert ImageInput(tensor, IMAGENET, bgr=True).fill(colour(), stretch(8, 8, 8, 8))[0, 4, 4] == pytest.approx(wanted)


YOLOX = facts((1, 84, 6), input_shape=(1, 3, 64, 64), labels=["a"])
BLAZEFACE = facts((1, 896, 16), (1, 896, 1), input_shape=(1, 128, 128, 3))


@pytest.mark.parametrize(
    ("file", "inside", "beside", "place"),
    [
        pytest.param(facts((1, 5, 84), labels=["a"]), 1, 114 / 255, Placement(64, 32, 0, 16, 64, 64), id="yolov8"),
        pytest.param(facts((1, 252, 6), labels=["a"]), 1, 114 / 255, Placement(64, 32, 0, 16, 64, 64), id="yolov5"),
        pytest.param(facts((1, 300, 6), labels=["a"]), 1, 114 / 255, Placement(64, 32, 0, 16, 64, 64), id="end to end"),
        pytest.param(YOLOX, 255, 114, Placement(64, 32, 0, 0, 64, 64), id="yolox"),
        pytest.param(BLAZEFACE, 1, -1, Placement(128, 64, 0, 32, 128, 128), id="blazeface"),
    ],
)
def test_image_has_its_familys_place(file: ModelFile, inside: float, beside: float, place: Placement) -> None:
    """A wide white image is white at its family's place on the input, and grey beside it."""
    family = recognise(file)
    assert family.input.place(200, 100) == place
    filled = family.input.fill(np.full((100, 200, 3), 255, np.uint8), place)[0]
    if family.input.channels_first:
        filled = filled.transpose(1, 2, 0)
    assert filled[place.top + 1, 5] == pytest.approx(inside)
    assert filled[-1, -1] == pytest.approx(beside)


@pytest.mark.parametrize("input_shape", [(1, 64, 64, 1), (1, 1, 64, 64)], ids=["channels last", "channels first"])
def test_grey_inputs(input_shape: tuple[int, ...]) -> None:
    """A model with one channel gets grey images, normalised by the mean of three channels."""
    family = recognise(
        facts((1, 5, 84), labels=["a"], input_shape=input_shape, sidecar=Sidecar(normalisation=IMAGENET))
    )
    assert (family.input.width, family.input.height) == (64, 64)
    filled = family.input.fill(colour(), stretch(64, 64, 64, 64))
    assert filled.shape == input_shape
    grey = round(0.299 * 10 + 0.587 * 20 + 0.114 * 30)
    assert filled.ravel()[0] == pytest.approx((grey - (124 + 116 + 104) / 3) / 57, abs=1e-6)


@pytest.mark.parametrize("file", [facts((1, 5, 84), labels=["a"]), YOLOX, BLAZEFACE], ids=["yolov8", "yolox", "face"])
def test_the_sidecar_states_channels_and_layout(file: ModelFile) -> None:
    """The sidecar may state the order of channels and the image's place on the input, in any family."""
    for stated in (Sidecar(channels="rgb", layout="corner"), Sidecar(channels="bgr", layout="stretch")):
        image = recognise(replace(file, sidecar=stated)).input
        assert (image.bgr, image.layout) == (stated.channels == "bgr", LAYOUTS[str(stated.layout)])


def test_yolox_sees_blue_first() -> None:
    """A YOLOX gets blue, green, red in planes of numbers from 0 to 255."""
    assert recognise(YOLOX).input.fill(colour(), stretch(64, 64, 64, 64))[0, :, 9, 9].tolist() == [30, 20, 10]


def test_the_sidecar_comes_before_the_metadata() -> None:
    """A normalisation is the sidecar's, else the metadata's, else the family's."""
    stated, embedded = Normalisation(1.0, 2.0), Normalisation(3.0, 4.0)
    for beside, inside, wanted in (
        (Sidecar(normalisation=stated), Embedded(normalisation=embedded), stated),
        (Sidecar(), Embedded(normalisation=embedded), embedded),
        (Sidecar(), Embedded(), UNIT),
    ):
        file = facts((1, 5, 84), labels=["a"], sidecar=beside, embedded=inside)
        assert recognise(file).input.normalisation == wanted


def test_integers_without_a_scale_are_pixels() -> None:
    """An integer input without a scale gets pixels unchanged."""
    assert recognise(facts((1, 5, 84), labels=["a"], dtype="uint8")).input.normalisation is None


def test_yolo_inputs_are_interpolated() -> None:
    """YOLOs get an image three times larger interpolated, as by their own tools, and one four times larger averaged."""
    image_input = recognise(facts((1, 5, 84), labels=["a"])).input
    place = stretch(64, 64, 64, 64)
    lines = np.zeros((192, 192, 3), np.uint8)
    lines[:, 1::3] = 255  # every third column, in the middle of the three that become a pixel
    assert image_input.fill(lines, place) == pytest.approx(1)
    lines = np.zeros((256, 256, 3), np.uint8)
    lines[:, 1::4] = 255
    assert image_input.fill(lines, place) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        pytest.param((640, 480), Placement(320, 240, 0, 0, 320, 320), id="landscape"),
        pytest.param((480, 640), Placement(240, 320, 0, 0, 320, 320), id="portrait"),
        pytest.param((10, 10), Placement(320, 320, 0, 0, 320, 320), id="square"),
        pytest.param((10_000, 1), Placement(320, 1, 0, 0, 320, 320), id="a line keeps one pixel"),
    ],
)
def test_corner(size: tuple[int, int], expected: Placement) -> None:
    """An image in the corner keeps its proportions and is as large as fits."""
    assert corner(*size, 320, 320) == expected


def test_from_centres() -> None:
    """Centre and size become a box's sides."""
    assert from_centres(np.array([[10.0, 20.0, 4.0, 6.0]])).tolist() == [[8, 17, 12, 23]]


def test_a_sidecar_may_state_three_channels(tmp_path: Path) -> None:
    """A sidecar's normalisation may have a number per channel; three make sense together or not at all."""
    (tmp_path / "m.yml").write_text("normalisation: {mean: [124, 116, 104], std: [58, 57, 56]}", "utf-8")
    assert sidecar.read(tmp_path / "m.yml") == Sidecar(normalisation=IMAGENET)
    for text in ("{mean: [1, 2], std: 1}", "{mean: 1, std: [1, 0, 1]}", "{mean: [1, .nan, 1], std: 1}"):
        (tmp_path / "m.yml").write_text(f"normalisation: {text}", "utf-8")
        with pytest.raises(UnusableModel):
            sidecar.read(tmp_path / "m.yml")
