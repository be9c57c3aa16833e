"""detector/files/overlooked.py."""

from pathlib import Path

import pytest

from detector.files.overlooked import find_overlooked
from tests.support import made_models

MODEL = made_models.make([[0.0]])


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        pytest.param(
            "street.lite", MODEL, "is a TFLite model under another name: rename it to street.tflite", id="lite"
        ),
        pytest.param("STREET.TFLITE", MODEL, "rename it to STREET.tflite", id="upper case"),
        pytest.param("model.bin", MODEL, "rename it to model.tflite", id="any name"),
        pytest.param("model", MODEL, "rename it to model.tflite", id="no suffix"),
        pytest.param("yolo.onnx", b"\x08\x07\x12\x07pytorch" + bytes(100), "is an ONNX model: convert it", id="ONNX"),
        pytest.param("best.pt", made_models.zipped({"best/data.pkl": b""}), "is a PyTorch model", id="PyTorch"),
        pytest.param(
            "m.zip", made_models.zipped({"a/detect.tflite": b""}), "is a zip archive with a/detect.tflite", id="zip"
        ),
        pytest.param("big.TFLITE", b"version https://git-lfs.github.com/spec/v1\n", "git-lfs pointer", id="pointer"),
    ],
)
def test_names_overlooked_files(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    """A file that was perhaps meant as a model is named, with its kind and what to do."""
    (tmp_path / name).write_bytes(content)
    (sentence,) = find_overlooked(tmp_path)
    assert sentence.startswith(f"{name} ")
    assert what in sentence
    assert ": " in sentence
    assert sentence.endswith(".")


def test_does_not_mention_other_files(tmp_path: Path) -> None:
    """Models that are served, the files beside them and hidden files are not mentioned."""
    for name in ("m.tflite", ".m.lite", "._m.tflite", "m.txt", "m.yml", "README.md", "photo.jpg", "x.tflite.part"):
        (tmp_path / name).write_bytes(MODEL if name in ("m.tflite", ".m.lite") else b"\xff\xd8\xff")
    (tmp_path / "docs").mkdir()
    assert list(find_overlooked(tmp_path)) == []


def test_folders_and_links(tmp_path: Path) -> None:
    """A folder with models or a SavedModel in it, a folder named like a model and a dead link are reported as such."""
    for name in ("coco/detect.tflite", "coco/labels.txt", "saved/saved_model.pb", "odd.tflite/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(MODEL)
    (tmp_path / "dead.tflite").symlink_to(tmp_path / "gone")
    sentences = list(find_overlooked(tmp_path))
    assert [sentence.split(": ")[0] for sentence in sentences] == [
        "coco is a folder with detect.tflite in it",
        "dead.tflite is a link to a file that is not there",
        "odd.tflite is a folder and not a model",
        "saved is a TensorFlow SavedModel",
    ]


def test_names_from_archives_are_shortened(tmp_path: Path) -> None:
    """Names in an archive are untrusted: unprintable characters are removed, long and many ones are cut."""
    names = ["a\n\x1b[31mb.tflite", "x" * 500 + ".tflite", *(f"m{number}.tflite" for number in range(5))]
    (tmp_path / "m.zip").write_bytes(made_models.zipped(dict.fromkeys(names, b"")))
    (sentence,) = find_overlooked(tmp_path)
    assert sentence.isprintable()
    assert len(sentence) < 400
    assert "and 4 more" in sentence
