"""detector/tflite/tensor.py."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray

from detector.files.input import ImageInput
from detector.files.modelfile import ModelFile
from detector.files.sidecar import Normalisation
from detector.images.placement import letterbox, stretch
from detector.tflite.tensor import Tensor

HALF = Normalisation(mean=127.5, std=127.5)
MIDDLE = Normalisation(mean=128.0, std=128.0)
UNIT = Normalisation(mean=0.0, std=255.0)
PIXELS = (0, 1, 128, 255)


def tensor(dtype: DTypeLike, scale: float = 0.0, zero_point: int = 0, size: int = 8) -> Tensor:
    """A model's square input."""
    return Tensor(0, "input", (1, size, size, 3), np.dtype(dtype), scale, zero_point)


def test_a_shape_in_writing_is_short() -> None:
    """Shapes of thousands of dimensions, which only damaged files have, do not fill a message."""
    assert replace(tensor(np.uint8), shape=(1,) * 2000).dimensions == "1x1x1x1x1x1x1x1 and 1992 dimensions more"
    assert replace(tensor(np.uint8), shape=()).dimensions == "a number"


def grey(level: int, width: int = 8, height: int = 8) -> NDArray[np.uint8]:
    """An image of one grey."""
    return np.full((height, width, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("dtype", "scale", "zero_point", "normalisation", "stored"),
    [
        pytest.param("uint8", 0.0078, 128, None, (0, 1, 128, 255), id="uint8: pixels as they are"),
        pytest.param("int8", 0.0039, -128, None, (-128, -127, 0, 127), id="int8: pixels less 128"),
        pytest.param("float32", 0, 0, None, (0, 1, 128, 255), id="float: pixels as they are"),
        pytest.param("float32", 0, 0, HALF, (-1, -0.992157, 0.003922, 1), id="float: -1 to 1"),
        pytest.param("float32", 0, 0, UNIT, (0, 0.003922, 0.501961, 1), id="float: 0 to 1"),
        pytest.param("uint8", 1 / 255, 0, UNIT, (0, 1, 128, 255), id="uint8, scale undoes the normalisation"),
        pytest.param("uint8", 1 / 128, 128, HALF, (0, 1, 129, 255), id="uint8, rounded and cut off at 255"),
        pytest.param("int8", 1 / 128, 0, MIDDLE, (-128, -127, 0, 127), id="int8: the bundled model's"),
        pytest.param("int8", 1 / 512, 0, MIDDLE, (-128, -128, 0, 127), id="int8: a range too small cuts off"),
        pytest.param("int8", 1 / 255, -128, UNIT, (-128, -127, 0, 127), id="int8: -128 stands for 0"),
        pytest.param("int16", 1 / 32768, 0, MIDDLE, (-32768, -32512, 0, 32512), id="int16"),
    ],
)
def test_pixels_become_what_they_mean(
    dtype: str, scale: float, zero_point: int, normalisation: Normalisation | None, stored: tuple[float, ...]
) -> None:
    """A pixel is normalised as in training, quantised by the file's scale, and stored as the file's type."""
    image_input = ImageInput(tensor(dtype, scale, zero_point), normalisation)
    for pixel, expected in zip(PIXELS, stored, strict=True):
        filled = image_input.fill(grey(pixel), stretch(8, 8, 8, 8))
        assert filled.shape == (1, 8, 8, 3)
        assert filled.dtype == np.dtype(dtype)
        assert filled == pytest.approx(expected, abs=1e-6)


def test_channels_stay_apart() -> None:
    """Red, green and blue reach the model in this order."""
    filled = ImageInput(tensor("uint8"), None).fill(np.full((8, 8, 3), (10, 20, 30), np.uint8), stretch(8, 8, 8, 8))
    assert filled[0, 4, 4].tolist() == [10, 20, 30]


def test_letterbox_is_padded() -> None:
    """The padding's grey is beside a letterboxed image, and nowhere else."""
    filled = ImageInput(tensor("uint8", size=32), None, padding=114).fill(grey(255, 40, 20), letterbox(40, 20, 32, 32))
    assert (filled[0, 8:24] == 255).all()
    assert (filled[0, :8] == 114).all()
    assert (filled[0, 24:] == 114).all()


@pytest.mark.parametrize("side", [3, 8, 13, 64, 1000], ids=lambda side: f"from {side} pixels")
def test_resizes_evenly(side: int) -> None:
    """An image of any size fills the input, its halves in place."""
    image_rgb = np.zeros((side, side, 3), np.uint8)
    image_rgb[:, side // 2 :] = 200
    filled = ImageInput(tensor("uint8"), None).fill(image_rgb, stretch(8, 8, 8, 8))
    assert (filled[0, :, 0] == 0).all()
    assert (filled[0, :, 7] == 200).all()


def test_shrinking_averages() -> None:
    """A fine pattern shrinks to its mean; sampling some of its pixels would leave black or white."""
    image_rgb = np.zeros((64, 64, 3), np.uint8)
    image_rgb[:, ::8] = 240
    assert (ImageInput(tensor("uint8"), None).fill(image_rgb, stretch(8, 8, 8, 8)) == 30).all()


@pytest.mark.parametrize(
    ("dtype", "scale", "zero_point", "stored", "real"),
    [
        pytest.param("int8", 0.5, -128, (-128, 127), (0, 127.5), id="int8"),
        pytest.param("uint8", 0.25, 128, (0, 255), (-32, 31.75), id="uint8"),
        pytest.param("float32", 0.0, 0, (-1.5, 2.5), (-1.5, 2.5), id="float: as they are"),
        pytest.param("int64", 0.0, 0, (3, 90), (3, 90), id="not quantised: as they are"),
    ],
)
def test_real(dtype: str, scale: float, zero_point: int, stored: tuple[float, ...], real: tuple[float, ...]) -> None:
    """Stored outputs become their real values."""
    numbers = tensor(dtype, scale, zero_point).dequantised(np.array(stored, dtype))
    assert numbers.dtype == np.float32
    assert numbers.tolist() == list(real)


def test_from_details(safetycone_file: ModelFile) -> None:
    """A real file's input is described as its interpreter describes it."""
    (stored,) = safetycone_file.inputs
    assert stored.shape[0] == 1
    assert stored.shape[3] == 3
    assert stored.dtype == np.int8
    assert stored.scale > 0
    assert ImageInput(stored, None).width == stored.shape[2]
    assert ImageInput(stored, None).height == stored.shape[1]
