"""detector/rewriting/channel_scales.py."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from detector.errors import UnusableModel
from detector.files.modelfile import ModelFile
from detector.rewriting import preparation
from detector.serving.model import Model
from detector.tflite.runtime import LITERT
from tests.support.made_networks import SIDE, Network
from tests.support.made_yolo import Floats
from tests.support.running import rewritten

CHANNELS = 48
KERNELS = {  # of each operation, by its input and output channels
    "depthwise": (1, 3, 3, CHANNELS),
    "grouped": (CHANNELS, 3, 3, CHANNELS // 3),
    "plain": (CHANNELS, 3, 3, CHANNELS),
}


def network(kind: str, scales: int, *, real: bool = False) -> bytes:
    """A network with one such convolution of random int8 weights with this many scales, or of float32 weights."""
    made = Floats()
    steps = np.random.default_rng(1).integers(-127, 128, KERNELS[kind])
    if real:
        kernel = made.numbers(steps / 512)
    else:
        kernel = made.tensor(KERNELS[kind], scale=1 / 512, constants=steps.astype(np.int8))
        quantisation = made._graph.tensors[kernel].quantization
        quantisation.scale, quantisation.zeroPoint = [1 / 512] * scales, [0] * scales
        quantisation.quantizedDimension = 3 if kind == "depthwise" and scales > 1 else 0  # as the converter writes it
    features = made.layer(made.input, CHANNELS, 8)
    bias = made.numbers(np.zeros(CHANNELS))
    if kind == "depthwise":
        options = schema.DepthwiseConv2DOptionsT()
        options.strideH, options.strideW, options.depthMultiplier = 1, 1, 1
        after = made.tensor(made.shape(features), stored=np.float32)
        code = schema.BuiltinOperator.DEPTHWISE_CONV_2D
        return made.content(made.operation(code, [features, kernel, bias], after, options))
    return made.content(made.convolution(features, kernel, bias, stored=np.float32))


def read(folder: Path, content: bytes) -> ModelFile:
    """The facts about a file with this content."""
    (folder / "m.tflite").write_bytes(content)
    return ModelFile.read(folder / "m.tflite")


def answer(content: bytes) -> np.ndarray:
    """A network's output for noise."""
    interpreter = LITERT.build(content)
    (tensor,), (output,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(tensor["index"], np.random.default_rng(2).random((1, SIDE, SIDE, 3), np.float32))
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(output["index"]))


@pytest.mark.parametrize("kind", ["depthwise", "grouped"])
def test_one_scale_is_repeated(tmp_path: Path, kind: str) -> None:
    """A kernel with one scale for many channels gives the same as float32 weights, up to rounding."""
    repaired = rewritten(read(tmp_path, network(kind, 1)))
    assert repaired.repaired
    expected = answer(network(kind, 1, real=True))
    assert np.abs(expected).max() > 1
    assert answer(repaired.content) == pytest.approx(expected, abs=0.03 * float(np.abs(expected).max()))


@pytest.mark.parametrize(
    ("kind", "scales"), [("depthwise", CHANNELS), ("grouped", CHANNELS), ("plain", 1), ("plain", CHANNELS)]
)
def test_sound_kernels_stay(tmp_path: Path, kind: str, scales: int) -> None:
    """A file with a scale per channel, or whose one scale the runtime reads rightly, is run as it is."""
    file = read(tmp_path, network(kind, scales))
    assert rewritten(file) is file
    assert not file.repaired


def test_integer_networks_stay(tmp_path: Path) -> None:
    """A fully quantised network reads one scale rightly and is run as it is."""
    made = Network()
    features = made.convolution(made.input, made.kernel(8, 3, 3, 3), made.bias(8, 1 / 128))
    file = read(tmp_path, made.content(made.depthwise(features, made.kernel(1, 3, 3, 8), made.bias(8, 6 / 255))))
    assert rewritten(file) is file


def test_public_yolo11(assets: Path, tmp_path: Path) -> None:
    """A YOLO11 that Ultralytics exported with one scale is served repaired, says so, and keeps its file's digest."""
    path = tmp_path / "yolo.tflite"
    path.symlink_to(assets / "unserved" / "yolo11n_int8_640_one_scale.tflite")
    model = Model.load(path, LITERT)
    assert (model.family.name, model.sources.weights) == ("yolov8", "repaired")
    assert model.file.digest == ModelFile.read(path).digest


def load_often(path: Path) -> None:
    """Loads a file twenty times: what lies behind it in memory may be the same for a while."""
    for _ in range(20):
        Model.load(path, LITERT)


def test_unrepaired_it_does_not_serve(assets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that reads beyond its file stops a start: its outputs vary with what lies there, or are nonsense."""
    monkeypatch.setattr(preparation, "repair_channel_scales", lambda _: False)
    with pytest.raises(UnusableModel, match=r"differently each time|not finite"):
        load_often(assets / "unserved" / "yolo11n_int8_640_one_scale.tflite")
