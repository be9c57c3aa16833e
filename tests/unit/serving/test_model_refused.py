"""detector/serving/model.py: unusable files are refused by name, and never crash the process."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from detector.errors import UnusableModel
from detector.serving.model import Model
from detector.tflite.runtime import LITERT
from tests.support import made_models

ROOT = Path(__file__).parents[3]


def refusal(path: Path) -> str:
    """The sentence that refuses a file."""
    with pytest.raises(UnusableModel) as caught:
        Model.load(path, LITERT)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "what", "advice"),
    [
        pytest.param(
            "classifier_float_224",
            "gives 1x9 for a whole image, as a classifier",
            "bring a detector",
            id="classifier",
        ),
        pytest.param("edgetpu_compiled_yolov5n", "Edge TPU", "use the .tflite file", id="compiled for the Edge TPU"),
        pytest.param("git_lfs_pointer", "is a git-lfs pointer", "git lfs pull", id="git-lfs pointer"),
        pytest.param("truncated_ssd", "not a whole TFLite model", "get the file again", id="truncated"),
    ],
)
def test_refuses_other_files(assets: Path, name: str, what: str, advice: str) -> None:
    """A file that is not a detector is named, with its kind and what to do."""
    sentence = refusal(assets / "not-detectors" / f"{name}.tflite")
    assert sentence.startswith(f"{name}.tflite ")
    assert what in sentence
    assert advice in sentence.partition(": ")[2]


def test_refuses_detectors_without_labels(assets: Path, tmp_path: Path) -> None:
    """A detector without labels, inside or beside it, is refused: it could not name its objects."""
    path = tmp_path / "yolov5n_fp16.tflite"
    path.symlink_to(assets / "models" / "yolov5n_fp16.tflite")
    assert refusal(path).startswith(
        "yolov5n_fp16.tflite has 80 classes and no labels: write them into yolov5n_fp16.txt"
    )


@pytest.mark.parametrize(
    ("suffix", "content", "what"),
    [
        pytest.param(".txt", None, "has 1 class and no labels: write them into safetycone.txt", id="no labels"),
        pytest.param(".txt", "cone\ncat\n", "has 1 class, but its label file names 2", id="too many labels"),
        pytest.param(".txt", "\n", "has no labels in safetycone.txt", id="empty label file"),
        pytest.param(".yml", "family: [", "has a sidecar safetycone.yml that cannot be used", id="sidecar not YAML"),
        pytest.param(".yml", "famly: fcos", "famly is unknown; a sidecar may have family, labels,", id="misspelt key"),
        pytest.param(".yml", "defaults: {iou: 1}", "iou is unknown; defaults may have score_th,", id="other option"),
        pytest.param(".yml", "family: yolo9000", "unknown family: choose one of ssd,", id="unknown family"),
        pytest.param(".yml", "family: ssd", "is not of the family ssd", id="another family"),
        pytest.param(".yml", "family: fcos\nstrides: [4]", "correct the family or the strides", id="other strides"),
        pytest.param(".yml", None, "is no detector of a known family", id="no sidecar"),
    ],
)
def test_refuses_unfitting_companions(copied: Path, suffix: str, content: str | None, what: str) -> None:
    """Labels or a sidecar that do not fit are refused in the model's name, with what to correct."""
    if content is None:
        copied.with_suffix(suffix).unlink()
    else:
        copied.with_suffix(suffix).write_text(content, "utf-8")
    sentence = refusal(copied)
    assert sentence.startswith("safetycone.tflite ")
    assert what in sentence
    assert ": " in sentence


def changed(content: bytes, change: Callable[[schema.SubGraphT], None]) -> bytes:
    """A model with a changed graph."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    change(model.subgraphs[0])
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize("named", ["ssd", "ssd_postprocess"])
def test_refuses_files_that_cannot_run(tmp_path: Path, named: str) -> None:
    """A file that the runtime accepts but cannot run, because constants are missing, stops the start."""
    options = {"num_classes": 2, "max_detections": 10, "x_scale": 1.0, "y_scale": 1.0, "w_scale": 1.0, "h_scale": 1.0}
    content = made_models.make(np.zeros((1, 4, 4)), np.zeros((1, 4, 3)), np.zeros((4, 4)), postprocess=options)

    def lose_scores(graph: schema.SubGraphT) -> None:
        graph.tensors[2].buffer = 0

    (tmp_path / "m.tflite").write_bytes(changed(content, lose_scores))
    (tmp_path / "m.txt").write_text("a\nb", "utf-8")
    (tmp_path / "m.yml").write_text(f"family: {named}", "utf-8")
    assert refusal(tmp_path / "m.tflite").startswith("m.tflite cannot be run")


def inputs(*shapes: tuple[int, ...]) -> bytes:
    """A model with these inputs."""

    def replace_inputs(graph: schema.SubGraphT) -> None:
        for shape in shapes:
            tensor = schema.TensorT()
            tensor.name, tensor.shape, tensor.type, tensor.buffer = "more", list(shape), graph.tensors[0].type, 0
            graph.tensors.append(tensor)
        graph.inputs = list(range(2, 2 + len(shapes)))

    return changed(made_models.make(np.zeros((1, 5, 84))), replace_inputs)


@pytest.mark.parametrize(
    ("shapes", "what"),
    [
        pytest.param(
            [(1, 64, 64, 3), (1, 256), (1, 256)], "has 3 inputs, where a detector has one image", id="a state"
        ),
        pytest.param([(1, 64, 64, 4)], "takes 1x64x64x4, where a detector takes", id="four channels"),
        pytest.param([(1, 1, 1, 3)], "has an input without a fixed size", id="no fixed size"),
    ],
)
def test_refuses_other_inputs(tmp_path: Path, shapes: list[tuple[int, ...]], what: str) -> None:
    """A file without a single input for an image of one size is refused with its actual inputs."""
    (tmp_path / "m.tflite").write_bytes(inputs(*shapes))
    (tmp_path / "m.yml").write_text("family: fcos", "utf-8")
    (tmp_path / "m.txt").write_text("cone", "utf-8")
    assert refusal(tmp_path / "m.tflite").startswith(f"m.tflite {what}")


@pytest.mark.parametrize(
    ("shapes", "what"),
    [
        pytest.param([(1, 1000)], "gives 1x1000 for a whole image, as a classifier", id="classifier"),
        pytest.param([(1, 1, 1, 9)], "gives 1x1x1x9 for a whole image", id="classifier, not flattened"),
        pytest.param([(1, 4)], "gives 1x4 for a whole image", id="regressor"),
        pytest.param([(1, 257, 257, 21)], "a map of the image, as a segmentation model", id="segmentation"),
        pytest.param([(1, 116, 84), (1, 32, 16, 16)], "boxes and maps, as a segmentation", id="YOLO's segmentation"),
        pytest.param(
            [(1, 8, 8, 18), (1, 4, 4, 18)], "maps of features that are not decoded", id="heads that are not decoded"
        ),
    ],
)
def test_names_the_likely_task(tmp_path: Path, shapes: list[tuple[int, ...]], what: str) -> None:
    """A model for another task is called by its likely kind, even with labels beside it."""
    path = made_models.write(tmp_path / "m.tflite", *(np.zeros(shape) for shape in shapes))
    path.with_suffix(".txt").write_text("cone", "utf-8")
    sentence = refusal(path)
    assert what in sentence
    assert sentence.startswith("m.tflite is no detector of a known family: it gives ")
    assert sentence.endswith("bring a detector of a family that docs/models.md lists.")


def test_refuses_unreadable_files(copied: Path) -> None:
    """A file that the service may not read, or a folder of that name, is refused as such."""
    copied.unlink()
    copied.mkdir()
    assert "safetycone.tflite, or what lies beside it, cannot be read" in refusal(copied)


def test_damaged_files_end_in_a_refusal(copied: Path) -> None:
    """Flipped bits and truncations give a refusal or a model, never another exception or a crash."""
    child = [sys.executable, "-m", "tests.support.damage", str(copied), "30"]
    ended = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    outcomes = json.loads(ended.stdout)
    assert outcomes["refused"] + outcomes["loaded"] == 30
    assert outcomes["refused"] > 0
    assert outcomes["loaded"] > 0


def test_the_undamaged_copy_serves(copied: Path, bundled: Path) -> None:
    """The files that these tests damage are usable to begin with."""
    shutil.copy(bundled / "safetycone.tflite", copied)
    assert Model.load(copied, LITERT).labels == ("safetycone",)
