"""detector/files/kind.py."""

import pytest

from detector.errors import UnusableModel
from detector.files.kind import check_kind
from tests.support.made_models import zipped

SOURCE = b"const unsigned char g_model[] = {\n  0x1c, 0x00, 0x00, 0x00, 0x54, 0x46, 0x4c, 0x33, 0x14, 0x00,"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a git-lfs pointer", id="git-lfs"
        ),
        pytest.param(b"<!DOCTYPE html><html>", "is a web page", id="page"),
        pytest.param(b"\n\n<html lang=en>", "is a web page", id="page without a doctype"),
        pytest.param(b"\xff\xd8\xff\xe0" + bytes(100), "is an image", id="JPEG"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(100), "is an image", id="PNG"),
        pytest.param(b'<?xml version="1.0"?><html>', "is a web page", id="XHTML"),
        pytest.param(b'<?xml version="1.0"?>\n<net name="yolo" version="11">', "is an OpenVINO model", id="OpenVINO"),
        pytest.param(b"<annotation><folder>x</folder>", "is XML", id="annotation"),
        pytest.param(b"../../.git/annex/objects/4x/Qq/MD5", "is a git-annex pointer", id="git-annex"),
        pytest.param(b"PK\x03\x04" + bytes(100), "is a zip archive that is damaged", id="zip, cut short"),
        pytest.param(
            zipped({"export/best.tflite": b"", "export/labels.txt": b""}),
            "is a zip archive with export/best.tflite in it: unpack it",
            id="zip with a model",
        ),
        pytest.param(zipped({"__MACOSX/._a.tflite": b"", "a.txt": b""}), "is a zip archive without", id="another zip"),
        pytest.param(zipped({"best/data.pkl": b"", "best/version": b""}), "is a PyTorch model", id="PyTorch"),
        pytest.param(zipped({"config.json": b"", "model.weights.h5": b""}), "is a Keras model", id="Keras"),
        pytest.param(zipped({"m/saved_model.pb": b""}), "is a zip archive with a SavedModel", id="zipped SavedModel"),
        pytest.param(zipped({"a.npy": b""}), "is an archive of NumPy arrays", id="NumPy"),
        pytest.param(b"x" * 257 + b"ustar\x00", "is an archive", id="tar"),
        pytest.param(b"Rar!\x1a\x07" + bytes(100), "is an archive", id="RAR"),
        pytest.param(b"\x00\x05\x16\x07\x00\x02" + bytes(100), "is what macOS keeps", id="AppleDouble"),
        pytest.param(b"GGUF\x03" + bytes(100), "is a GGUF file", id="GGUF"),
        pytest.param(b'\x40\x00\x00\x00\x00\x00\x00\x00{"w":{"dtype"', "holds safetensors", id="safetensors"),
        pytest.param(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." + bytes(100), "is a Python pickle", id="pickle"),
        pytest.param(bytes([0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0]) + bytes(100), "holds Darknet's weights", id="Darknet"),
        pytest.param(b"[net]\nbatch=64\n[convolutional]", "is a Darknet configuration", id="Darknet's cfg"),
        pytest.param(b"7767517\n75 83\nInput", "is an NCNN model", id="NCNN"),
        pytest.param(b"\x01HEF" + bytes(100), "is compiled for a Hailo accelerator", id="Hailo"),
        pytest.param(b"RKNN\x00" + bytes(100), "is compiled for a Rockchip NPU", id="Rockchip"),
        pytest.param(b"ftrt" + bytes(100), "is a TensorRT engine", id="TensorRT"),
        pytest.param(b'{"format": "graph-model", "modelTopology": {', "is a TensorFlow.js model", id="TensorFlow.js"),
        pytest.param(SOURCE, "is source code that holds a model", id="source code"),
        pytest.param(b"\x08\x05\x12\x20\x0a\x1c\x0a\x05image" + bytes(100), "is a CoreML model", id="CoreML"),
        pytest.param(b"\x7fELF" + bytes(100), "is a program", id="program"),
        pytest.param(b"\x1f\x8b" + bytes(100), "is a gzip archive", id="gzip"),
        pytest.param(b"\x89HDF\r\n\x1a\n" + bytes(100), "is a Keras model", id="HDF5"),
        pytest.param(b"404: Not Found", "is a text", id="short text"),
        pytest.param(b"person\nbicycle\ncar\n" * 100, "is a text", id="long text"),
        pytest.param(bytes(1000), "is not a TFLite model", id="zeros"),
        pytest.param(b"\x08\x07\x12\x07pytorch" + bytes(100), "is an ONNX model", id="ONNX"),
        pytest.param(b"TFL3" + bytes(100), "is not a TFLite model", id="the signature in another place"),
    ],
)
def test_names_the_kind(content: bytes, what: str) -> None:
    """Files often mistaken for models are called by their kind, with what to do."""
    with pytest.raises(UnusableModel) as refusal:
        check_kind(content)
    sentence = str(refusal.value)
    assert sentence.startswith(what)
    assert sentence.endswith(".")
    assert any(word in sentence for word in ("get ", "unpack", "convert", "export", "use ", "bring "))


def test_lets_models_pass() -> None:
    """A file that begins as a model does is left to the runtime."""
    check_kind(b"\x1c\0\0\0TFL3")
