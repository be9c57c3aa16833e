"""detector/rewriting/int8_input.py."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from detector.files.modelfile import ModelFile
from detector.images import ImageLimits, decode
from detector.images.resizing import resize
from detector.rewriting.int8_input import take_int8
from tests.support.made_networks import CODES, SIDE, Network
from tests.support.running import answers, read, rewritten

IMAGE = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)


def network(scale: float = 1 / 128, zero: int = 0, *, others_read_it: bool = False) -> bytes:
    """A network that first converts its input to int8, with some scale and zero point."""
    made = Network()
    shape = made.shape(made.input)
    int8 = made.operation(CODES.QUANTIZE, [made.input], made.tensor(shape, scale=scale, zero=zero, stored=np.int8))
    scores = made.operation(CODES.LOGISTIC, [int8], made.tensor(shape, scale=1 / 256, zero=-128, stored=np.int8))
    if others_read_it:
        made.operation(CODES.ADD, [made.input, made.input], made.tensor(shape), schema.AddOptionsT())
    return made.content(scores, int8)


def test_answers_stay(tmp_path: Path) -> None:
    """A network with an int8 input gives exactly its outputs with the uint8 input."""
    file = read(tmp_path, network())
    faster = rewritten(file, take_int8)
    assert [tensor.dtype for tensor in faster.inputs] == [np.int8]
    for before, after in zip(answers(file, IMAGE), answers(faster, IMAGE), strict=True):
        assert np.ptp(before) > 0.4
        np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(network(scale=1 / 64), id="to another scale"),
        pytest.param(network(zero=1), id="to another zero point"),
        pytest.param(network(others_read_it=True), id="whose input something else reads, too"),
    ],
)
def test_leaves_other_conversions(tmp_path: Path, content: bytes) -> None:
    """A file that does something else with its input is left as it is."""
    file = read(tmp_path, content)
    assert rewritten(file, take_int8) is file


def test_leaves_files_that_take_int8(safetycone_file: ModelFile) -> None:
    """A file with an int8 input is left as it is."""
    assert rewritten(safetycone_file, take_int8) is safetycone_file


def test_leaves_files_that_go_on_in_uint8(tmp_path: Path) -> None:
    """A file that does not convert its input is left as it is."""
    made = Network()
    file = read(tmp_path, made.content(made.reshaped(made.input, 1, SIDE * SIDE, 3)))
    assert rewritten(file, take_int8) is file


@pytest.mark.parametrize("name", ["ssd_fpnlite_tf2_cat_raccoon", "ssd_raw_heads_person_192"])
def test_public_models(assets: Path, name: str) -> None:
    """Exports of TensorFlow 2 give the same outputs, bit by bit."""
    read_file = ModelFile.read(assets / "models" / f"{name}.tflite")
    file = rewritten(read_file)
    faster = rewritten(read_file, take_int8)
    assert [tensor.dtype for tensor in faster.inputs] == [np.int8]
    _, height, width, _ = file.inputs[0].shape
    for photo in sorted((assets / "coco/images").iterdir())[:3]:
        image_rgb = resize(decode(photo.read_bytes(), ImageLimits()), width, height)
        for before, after in zip(answers(file, image_rgb), answers(faster, image_rgb), strict=True):
            np.testing.assert_array_equal(after, before)
