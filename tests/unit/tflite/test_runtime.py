"""detector/tflite/runtime.py."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.tflite.runtime import LITERT, RUNTIMES, Runtime, reason


def test_builds(bundled: Path) -> None:
    """A new interpreter is ready: its input can be set and it runs."""
    interpreter = LITERT.build((bundled / "safetycone.tflite").read_bytes())
    (tensor,) = interpreter.get_input_details()
    interpreter.set_tensor(tensor["index"], np.zeros(tensor["shape"], tensor["dtype"]))
    interpreter.invoke()
    for output in interpreter.get_output_details():
        assert interpreter.get_tensor(output["index"]).shape == tuple(output["shape"])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(bytes(1000), id="zeros"),
        pytest.param(b"\x1c\0\0\0TFL3", id="a signature and no more"),
    ],
)
def test_refuses_other_bytes(content: bytes) -> None:
    """Bytes that are not a model are refused with what to do about it."""
    with pytest.raises(UnusableModel, match="get the file again"):
        LITERT.build(content)


def test_knows_its_version() -> None:
    """The version is that of the installed package."""
    assert LITERT.version.split(".")[0].isdigit()


@pytest.mark.skipif(
    importlib.util.find_spec("tflite_runtime") is not None, reason="tells what happens without tflite-runtime"
)
def test_names_a_missing_runtime() -> None:
    """A runtime that is not installed is named."""
    with pytest.raises(UnusableModel, match="tflite-runtime, which is not installed"):
        Runtime("tflite-runtime").build(b"")


def test_older_runtime_runs_the_model(bundled: Path) -> None:
    """tflite-runtime, if installed, can run the bundled model, too."""
    pytest.importorskip(RUNTIMES["tflite-runtime"][0], reason="the extra tflite-runtime is not installed")
    assert Runtime("tflite-runtime").build((bundled / "safetycone.tflite").read_bytes()).get_input_details()


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        pytest.param("Encountered unresolved custom op: edgetpu-custom-op.", "Edge TPU", id="Edge TPU"),
        pytest.param("Encountered unresolved custom op: ethos-u.", "compiled for an Arm Ethos-U", id="Ethos-U"),
        pytest.param("Encountered unresolved custom op: NeutronGraph.", "compiled for NXP's Neutron", id="Neutron"),
        pytest.param(
            "Encountered unresolved custom op: DISPATCH_OP.", "compiled for a phone's NPU", id="LiteRT's NPUs"
        ),
        pytest.param("Encountered unresolved custom op: QNN_OP.", "compiled for Qualcomm's NPU", id="Qualcomm"),
        pytest.param("Encountered unresolved custom op: MyNms.", "operation MyNms, which", id="custom operation"),
        pytest.param("Encountered unresolved custom op: FlexSize.", "TensorFlow itself", id="TensorFlow's operation"),
        pytest.param(
            "Didn't find op for builtin opcode 'CONV_2D' version '9'. An older",
            "version 9 of the operation CONV_2D",
            id="new",
        ),
        pytest.param(
            "Model provided has model identifier 'vers', not a valid Flatbuffer", "get the file again", id="no model"
        ),
        pytest.param("Tensor 3 has an out of range offset", "get the file again", id="truncated"),
        pytest.param("Node number 7 (CONV_2D) failed to prepare.", "export", id="anything else"),
    ],
)
def test_reason(message: str, advice: str) -> None:
    """A runtime's message becomes advice for the file's owner; its own words are not repeated."""
    assert advice in reason(message)
    assert message not in reason(message)
