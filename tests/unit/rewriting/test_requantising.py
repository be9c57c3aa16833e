"""detector/rewriting/requantising.py."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from detector.errors import UnusableModel
from detector.files.modelfile import ModelFile
from detector.images import ImageLimits, decode
from detector.images.resizing import resize
from detector.rewriting.preparation import with_passes
from detector.rewriting.requantising import requantise
from tests.support.made_networks import CODES, SIDE, Network
from tests.support.running import answers, read, rewritten

IMAGE = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)


def detector(kernel_zero: int = 120) -> bytes:
    """A network with everything that a detector has: a residual block and heads of two scales, joined to scores."""
    network = Network(kernel_zero)
    start = network.convolution(network.input, network.kernel(8, 3, 3, 3), network.bias(8, 1 / 128), stride=2)
    block = network.depthwise(start, network.kernel(1, 3, 3, 8), network.bias(8, 6 / 255))
    added = network.tensor(network.shape(start), scale=12 / 255)
    network.operation(CODES.ADD, [start, block], added, schema.AddOptionsT())
    kernel = network.kernel(4, 1, 1, 8)
    heads = [
        network.reshaped(network.convolution(features, kernel, bias, scale=scale, zero=128), 1, SIDE * SIDE // 4, 4)
        for features, bias, scale in (
            (start, network.bias(4, 6 / 255), 0.05),
            (added, network.bias(4, 12 / 255), 0.1),
        )
    ]
    joined = network.joined(heads, scale=0.1, zero=128)
    scores = network.operation(CODES.LOGISTIC, [joined], network.tensor(network.shape(joined), scale=1 / 256))
    return network.content(joined, scores)


@pytest.mark.parametrize(
    ("kernel_zero", "most"),
    [
        pytest.param(128, 1, id="a reach of 127 steps, which stay as they are"),
        pytest.param(120, 1, id="a reach of 135"),
        pytest.param(90, 2, id="a reach of 165"),
    ],
)
def test_answers_stay(tmp_path: Path, kernel_zero: int, most: int) -> None:
    """An int8 network gives its uint8 outputs, up to a few steps of the tensor that joins its heads."""
    file = read(tmp_path, detector(kernel_zero))
    converted = rewritten(file, requantise)
    assert {tensor.dtype for tensor in (*converted.inputs, *converted.outputs)} == {np.dtype(np.int8)}
    before, after = answers(file, IMAGE), answers(converted, IMAGE)
    for one, other in zip(before, after, strict=True):
        assert np.ptp(one) > 0.5
        np.testing.assert_allclose(other, one, atol=(most + 0.5) * file.outputs[0].scale)


def test_keeps_the_digest(tmp_path: Path) -> None:
    """Another model is run, but the digest is the file's."""
    file = read(tmp_path, detector())
    assert rewritten(file, requantise).content != file.content
    assert rewritten(file, requantise).digest == file.digest


def test_small_values_are_unchanged(tmp_path: Path) -> None:
    """Kernels without a value more than 127 steps from zero are unchanged."""
    file = read(tmp_path, detector(kernel_zero=128))
    before, after = (real_kernels(content) for content in (file.content, rewritten(file, requantise).content))
    assert len(before) == 3
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def real_kernels(content: bytes) -> list[NDArray[np.float32]]:
    """The dequantised kernels of a network, in the graph's order, shared ones once."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    graph = model.subgraphs[0]
    convolutions = (CODES.CONV_2D, CODES.DEPTHWISE_CONV_2D)
    used = [o.inputs[1] for o in graph.operators if model.operatorCodes[o.opcodeIndex].builtinCode in convolutions]
    found = []
    for number in dict.fromkeys(used):
        tensor = graph.tensors[number]
        dtype = np.uint8 if tensor.type == schema.TensorType.UINT8 else np.int8
        numbers = np.frombuffer(model.buffers[tensor.buffer].data, dtype).reshape(tensor.shape)
        axis = [1, 1, 1, 1]
        axis[tensor.quantization.quantizedDimension] = len(tensor.quantization.scale)
        real = numbers.astype(np.float32) - tensor.quantization.zeroPoint.reshape(axis)
        found.append(real * tensor.quantization.scale.reshape(axis))
    return found


def test_leaves_unknown_operations(tmp_path: Path) -> None:
    """A network with an unknown operation is left as it is."""
    network = Network()
    features = network.convolution(network.input, network.kernel(4, 3, 3, 3), network.bias(4, 1 / 128))
    output = network.operation(CODES.TANH, [features], network.tensor(network.shape(features), scale=1 / 128, zero=128))
    file = read(tmp_path, network.content(output))
    assert rewritten(file, requantise) is file


def test_leaves_kernels_that_are_computed(tmp_path: Path) -> None:
    """A network whose kernel depends on the input is left as it is."""
    network = Network()
    kernel = network.reshaped(network.input, SIDE, SIDE, 1, 3)
    file = read(tmp_path, network.content(network.convolution(network.input, kernel, network.bias(SIDE, 1 / 128))))
    assert rewritten(file, requantise) is file


def test_leaves_int8_files(safetycone_file: ModelFile) -> None:
    """A file that is int8 already is left as it is."""
    assert rewritten(safetycone_file, requantise) is safetycone_file


def test_leaves_files_that_the_runtime_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose int8 form the runtime refuses serves as it is; no such file is known."""

    def refuse(_: ModelFile, __: bytes) -> ModelFile:
        raise UnusableModel("cannot be prepared")

    file = read(tmp_path, detector())
    monkeypatch.setattr(ModelFile, "running", refuse)
    assert with_passes(file) is file


@pytest.mark.parametrize(
    "name",
    [
        "models/ssd_mobilenet_v1_coco",
        "models/ssd_mobilenet_v1_pets",
        "backbones/mobilenet_v1_0.25_128_quant",
        "backbones/mobilenet_v2_1.0_224_quant",
    ],
)
def test_public_networks(assets: Path, name: str) -> None:
    """A public network's int8 outputs differ at most twice as much as those of the runtime's plain kernels.

    Both compute the same network with other roundings.
    """
    read_file = ModelFile.read(assets / f"{name}.tflite")
    file = rewritten(read_file)
    converted = rewritten(read_file, requantise)
    assert converted is not file
    assert len(converted.outputs) == len(file.outputs)
    _, height, width, _ = file.inputs[0].shape
    rounding, change = [], []
    for photo in sorted((assets / "coco/images").iterdir())[:8]:
        image_rgb = resize(decode(photo.read_bytes(), ImageLimits()), width, height)
        usual, plain, int8 = (
            answers(file, image_rgb),
            answers(file, image_rgb, plain=True),
            answers(converted, image_rgb),
        )
        rounding.append([np.abs(one - other).mean() for one, other in zip(usual, plain, strict=True)])
        change.append([np.abs(one - other).mean() for one, other in zip(usual, int8, strict=True)])
    assert (np.mean(change, axis=0) <= 2 * np.mean(rounding, axis=0)).all()
