"""detector/rewriting/mixed_precision.py."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from detector.files.modelfile import ModelFile
from detector.images.decoding import ImageLimits, decode
from detector.images.resizing import resized
from detector.rewriting import mixed_precision
from detector.rewriting.int8_input import fed_in_int8
from detector.rewriting.mixed_precision import in_mixed_precision, pays
from detector.rewriting.opening import opened
from detector.rewriting.requantising import requantised
from detector.tflite.graph import operation_of, unpacked
from tests.support.made_networks import CODES, SIDE, Network
from tests.support.running import answers, read

PICTURE = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)


def residual() -> bytes:
    """A network of all that is converted: convolutions, a depthwise one, and a sum."""
    made = Network()
    start = made.convolution(made.picture, made.kernel(8, 3, 3, 3), made.bias(8, 1 / 128), stride=2)
    block = made.depthwise(start, made.kernel(1, 3, 3, 8), made.bias(8, 6 / 255))
    added = made.operation(
        CODES.ADD, [start, block], made.tensor(made.shape(start), scale=12 / 255), schema.AddOptionsT()
    )
    return made.content(
        made.convolution(added, made.kernel(4, 1, 1, 8), made.bias(4, 12 / 255), scale=0.1, zero=128), start
    )


def layers(file: ModelFile) -> list[type]:
    """What the kernels of a file are stored as, in the graph's order."""
    model = unpacked(file.content)
    convolutions = (CODES.CONV_2D, CODES.DEPTHWISE_CONV_2D)
    operators = [o for o in model.subgraphs[0].operators if operation_of(model, o) in convolutions]
    kernels = [model.subgraphs[0].tensors[operator.inputs[1]].type for operator in operators]
    names = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.INT8: np.int8}
    return [names[kernel] for kernel in kernels]


def test_answers_stay(tmp_path: Path) -> None:
    """A network gives what it gave in int8, to a step or two, in the same tensors."""
    file = requantised(read(tmp_path, residual()))
    mixed = in_mixed_precision(file)
    assert layers(mixed) == [np.float32] * 3
    assert (mixed.inputs, mixed.outputs, mixed.digest) == (file.inputs, file.outputs, file.digest)
    for output, before, after in zip(file.outputs, answers(file, PICTURE), answers(mixed, PICTURE), strict=True):
        assert np.ptp(before) > 0.5
        np.testing.assert_allclose(after, before, atol=2.1 * output.scale)


def test_small_layers_stay_int8(tmp_path: Path) -> None:
    """Layers are in float32 down to an eighth of the picture, what follows is not."""
    made = Network()
    features = made.picture
    for _ in range(5):
        bias = made.bias(4, 1 / 128 if features == made.picture else 6 / 255)
        features = made.convolution(features, made.kernel(4, 3, 3, made.shape(features)[3]), bias, stride=2)
    mixed = in_mixed_precision(requantised(read(tmp_path, made.content(features))))
    assert layers(mixed) == [np.float32] * 3 + [np.int8] * 2


@pytest.mark.parametrize("highest", [pytest.param(6, id="ReLU6"), pytest.param(24, id="ReLU")])
def test_what_int8_cut_off_stays_cut_off(tmp_path: Path, highest: int) -> None:
    """A network without activations, since int8 reaches from 0 to what they would let through, keeps to that."""
    made, scale = Network(), highest / 255
    numbers = np.random.default_rng(2).integers(1, 256, (8, 3, 3, 3)).astype(np.uint8)
    kernel = made.tensor((8, 3, 3, 3), scale=1 / 64, zero=120, constants=numbers)
    start = made.convolution(made.picture, kernel, made.bias(8, 4 / 128), scale=scale, zero=0)
    end = made.depthwise(start, made.kernel(1, 3, 3, 8), made.bias(8, scale))
    file = requantised(read(tmp_path, made.content(end, start)))
    (before, real), (after, _) = answers(file, PICTURE), answers(in_mixed_precision(file), PICTURE)
    assert min(np.mean(real == 0), np.mean(real >= 6), np.mean((before > 0) & (before < 6))) > 0.02
    np.testing.assert_allclose(after, before, atol=4.1 * file.outputs[0].scale)


def test_pictures_of_real_numbers(tmp_path: Path) -> None:
    """A network that makes real numbers int8 first is given them as they are."""
    made = Network()
    made.picture = made.tensor((1, SIDE, SIDE, 3), stored=np.float32)
    shape = made.shape(made.picture)
    int8 = made.operation(CODES.QUANTIZE, [made.picture], made.tensor(shape, scale=1 / 128, stored=np.int8))
    kernel = made.tensor((4, 3, 3, 3), scale=1 / 256, constants=np.ones((4, 3, 3, 3), np.int8))
    file = read(tmp_path, made.content(made.convolution(int8, kernel, made.bias(4, 1 / 128), stored=np.int8)))
    mixed = in_mixed_precision(file)
    assert layers(mixed) == [np.float32]
    model = unpacked(mixed.content)
    operations = [operation_of(model, operator) for operator in model.subgraphs[0].operators]
    assert operations == [CODES.CONV_2D, CODES.QUANTIZE]
    assert mixed.outputs == file.outputs


def test_leaves_kernels_that_are_computed(tmp_path: Path) -> None:
    """A network whose kernel depends on the picture is left as it is."""
    made = Network()
    made.picture = made.tensor((1, SIDE, SIDE, 3), scale=1 / 128, stored=np.int8)
    kernel = made.reshaped(made.picture, SIDE, SIDE, 1, 3)
    features = made.convolution(made.picture, kernel, made.bias(SIDE, 1 / 128), stored=np.int8)
    file = read(tmp_path, made.content(features))
    assert in_mixed_precision(file) is file


@pytest.mark.parametrize("name", ["yolov5n_fp16", "yolov8n_int8_224"])
def test_leaves_float_files(assets: Path, name: str) -> None:
    """Files whose numbers are real but for their kernels are left as they are."""
    file = ModelFile.read(assets / "models" / f"{name}.tflite")
    assert in_mixed_precision(file) is file


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        pytest.param("fpu sse2 avx avx2 fma", True, id="AVX2 alone"),
        pytest.param("fpu sse2 avx", False, id="no AVX2"),
        pytest.param("fpu sse2 avx avx2 fma avx512f avx512_vnni", False, id="AVX-512"),
        pytest.param("fpu sse2 avx avx2 fma avx_vnni", False, id="AVX2 with dot products of bytes"),
    ],
)
def test_pays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, expected: bool) -> None:
    """It is done on CPUs with AVX2 alone."""
    cpu = tmp_path / "cpuinfo"
    cpu.write_text(f"processor\t: 0\nflags\t\t: {flags}\n")
    monkeypatch.setattr(mixed_precision, "CPU", cpu)
    assert pays() == expected


def test_does_not_pay_where_nothing_is_known_of_the_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not done on systems that do not tell what the CPU has."""
    monkeypatch.setattr(mixed_precision, "CPU", tmp_path / "absent")
    assert not pays()


@pytest.mark.parametrize(
    "name",
    ["ssd_fpnlite_tf2_cat_raccoon", "ssd_raw_heads_person_192", "ssd_mobilenet_v1_coco", "yolov8n_full_int8_640"],
)
def test_public_networks(assets: Path, name: str) -> None:
    """A public network's answers differ no more than twice as much as those of the runtime's plain kernels do.

    Both compute the same network with other roundings.
    """
    file = fed_in_int8(requantised(opened(ModelFile.read(assets / "models" / f"{name}.tflite"))))
    mixed = in_mixed_precision(file)
    assert layers(mixed)[0] == np.float32
    _, height, width, _ = file.inputs[0].shape
    rounding, change = [], []
    for photo in sorted((assets / "coco/images").iterdir())[:8]:
        image_rgb = resized(decode(photo.read_bytes(), ImageLimits()), width, height)
        usual, plain, other = answers(file, image_rgb), answers(file, image_rgb, plain=True), answers(mixed, image_rgb)
        rounding.append([np.abs(one - two).mean() for one, two in zip(usual, plain, strict=True)])
        change.append([np.abs(one - two).mean() for one, two in zip(usual, other, strict=True)])
    assert (np.mean(change, axis=0) <= 2 * np.mean(rounding, axis=0)).all()
