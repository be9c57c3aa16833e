"""detector/files/modelfile.py."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.files.found_labels import FoundLabels
from detector.files.modelfile import ModelFile
from detector.tflite.custom_operations import custom_operations, read_options
from detector.tflite.tensor import Tensor
from tests.support.made_models import found_labels


def test_reads(bundled: Path, safetycone_file: ModelFile) -> None:
    """A file has its stem, bytes and digest, and comes with its labels and sidecar."""
    content = (bundled / "safetycone.tflite").read_bytes()
    assert safetycone_file.name == "safetycone"
    assert safetycone_file.content == content
    assert safetycone_file.digest == hashlib.sha256(content).hexdigest()
    assert safetycone_file.labels_for(1) == ("safetycone",)
    assert safetycone_file.labels.source(("safetycone",)) == "label_file"
    assert safetycone_file.sidecar.family == "fcos"
    assert [len(tensors) for tensors in (safetycone_file.inputs, safetycone_file.outputs)] == [1, 2]
    assert safetycone_file.custom_operations == {}


def test_labels_may_be_missing(copied: Path) -> None:
    """A file without labels beside it can be read; whatever needs them says so."""
    copied.with_suffix(".txt").unlink()
    assert ModelFile.read(copied).labels == FoundLabels()


def test_takes_its_name_up_to_the_last_dot(copied: Path) -> None:
    """A name may hold dots and words of any language."""
    assert ModelFile.read(copied.rename(copied.with_name("Leitkegel 三角锥.v2.tflite"))).name == "Leitkegel 三角锥.v2"


@pytest.mark.parametrize(
    ("labels", "classes", "reason"),
    [
        pytest.param(None, 3, "has 3 classes and no labels: write them into safetycone.txt", id="none"),
        pytest.param(("a", "b"), 3, "has 3 classes, but its label file names 2", id="too few"),
        pytest.param(("a", "b", "c", "d"), 3, "has 3 classes, but its label file names 4", id="too many"),
    ],
)
def test_refuses_other_numbers_of_labels(
    safetycone_file: ModelFile, labels: tuple[str, ...] | None, classes: int, reason: str
) -> None:
    """There must be one label per class; the refusal names both numbers."""
    with pytest.raises(UnusableModel, match=reason):
        replace(safetycone_file, labels=found_labels(*labels or ())).labels_for(classes)


def test_labels_of_the_right_number(safetycone_file: ModelFile) -> None:
    """As many labels as classes are returned in order."""
    assert replace(safetycone_file, labels=found_labels("a", "b")).labels_for(2) == ("a", "b")


def an_input(*shape: int) -> Tensor:
    """An input of this shape."""
    return Tensor(0, "input", shape, np.dtype(np.uint8), 0.0, 0)


def test_input_tensor(safetycone_file: ModelFile) -> None:
    """A model with a single input for an RGB image gives that input."""
    tensor = an_input(1, 300, 320, 3)
    assert replace(safetycone_file, inputs=(tensor,)).input_tensor() is tensor


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param((), id="none"),
        pytest.param((an_input(1, 8, 8, 3), an_input(1, 4)), id="two"),
        pytest.param((an_input(1, 64, 64, 4),), id="four channels"),
        pytest.param((an_input(4, 8, 8, 3),), id="four images at a time"),
        pytest.param((an_input(8, 8, 3),), id="three dimensions"),
        pytest.param((an_input(),), id="a number"),
    ],
)
def test_refuses_other_inputs(safetycone_file: ModelFile, inputs: tuple[Tensor, ...]) -> None:
    """A model without a single input for an RGB image is refused with what to do."""
    with pytest.raises(UnusableModel, match="export it for"):
        replace(safetycone_file, inputs=inputs).input_tensor()


@pytest.mark.parametrize(
    ("model", "labels", "outputs", "classes"),
    [
        pytest.param("ssd_mobilenet_v1_coco", "coco_80.txt", (167, 168, 169, 170), 90, id="TF1"),
        pytest.param("ssd_fpnlite_tf2_cat_raccoon", "cat_raccoon.txt", (381, 382, 383, 384), 2, id="TF2"),
    ],
)
def test_custom_operations(
    bring: Callable[..., Path], model: str, labels: str, outputs: tuple[int, ...], classes: int
) -> None:
    """A custom operation is found with its outputs, in its own order, and its options."""
    operations = custom_operations(bring(model, labels).read_bytes())
    assert list(operations) == ["TFLite_Detection_PostProcess"]
    operation = operations["TFLite_Detection_PostProcess"]
    assert operation.outputs == outputs
    assert operation.options["num_classes"] == classes
    assert operation.options["nms_iou_threshold"] == pytest.approx(0.6)


@pytest.mark.parametrize("options", [b"", b"\xff", b"\xff" * 40, b"\x00" * 9], ids=["none", "short", "noise", "zeros"])
def test_survives_damaged_options(options: bytes) -> None:
    """Unreadable options of an operation count as absent."""
    assert read_options(options) == {}
