"""detector/files/kind.py."""

import pytest

from detector.errors import UnusableModel
from detector.files.kind import check_kind


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a git-lfs pointer", id="git-lfs"
        ),
        pytest.param(b"<!DOCTYPE html><html>", "is a web page", id="page"),
        pytest.param(b"\n\n<html lang=en>", "is a web page", id="page without a doctype"),
        pytest.param(b"\xff\xd8\xff\xe0" + bytes(100), "is a picture", id="JPEG"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(100), "is a picture", id="PNG"),
        pytest.param(b"PK\x03\x04" + bytes(100), "is a zip archive", id="zip"),
        pytest.param(b"\x1f\x8b" + bytes(100), "is a gzip archive", id="gzip"),
        pytest.param(b"\x89HDF\r\n\x1a\n" + bytes(100), "is a Keras model", id="HDF5"),
        pytest.param(b"404: Not Found", "is a text", id="short text"),
        pytest.param(b"person\nbicycle\ncar\n" * 100, "is a text", id="long text"),
        pytest.param(bytes(1000), "is not a TFLite model", id="zeros"),
        pytest.param(b"\x08\x07\x12\x07pytorch" + bytes(100), "is not a TFLite model", id="ONNX"),
        pytest.param(b"TFL3" + bytes(100), "is not a TFLite model", id="the signature in another place"),
    ],
)
def test_says_what_it_is(content: bytes, what: str) -> None:
    """Files that people take for models are called what they are, with what to do about it."""
    with pytest.raises(UnusableModel) as refusal:
        check_kind(content)
    sentence = str(refusal.value)
    assert sentence.startswith(what)
    assert sentence.endswith(".")
    assert any(word in sentence for word in ("get ", "unpack", "convert"))


def test_lets_models_pass() -> None:
    """What begins as a model is left to the runtime."""
    check_kind(b"\x1c\0\0\0TFL3")
