"""detector/families/recognition.py."""

from dataclasses import replace

import pytest

from detector.errors import UnusableModel
from detector.families.recognition import FAMILIES, recognise
from detector.files.modelfile import ModelFile
from detector.files.sidecar import Sidecar


def test_recognises_the_bundled_model(safetycone_file: ModelFile) -> None:
    """The bundled model is of the family that its sidecar names."""
    family = recognise(safetycone_file)
    assert family.name == "fcos"
    assert family.labels == ("safetycone",)
    assert family.input.place(200, 100).left == 0 < family.input.place(200, 100).top


def test_families_have_their_names(safetycone_file: ModelFile) -> None:
    """The names that a sidecar may use are those of the families."""
    assert "ssd" in FAMILIES
    assert recognise(safetycone_file).name in FAMILIES


def test_refuses_an_unknown_family(safetycone_file: ModelFile) -> None:
    """A sidecar with an unknown family is refused with the known ones; its word is not repeated."""
    with pytest.raises(UnusableModel, match="choose one of ssd, ssd_postprocess") as refusal:
        recognise(replace(safetycone_file, sidecar=Sidecar(family="yolo9000")))
    assert "yolo9000" not in str(refusal.value)


def test_a_named_family_is_not_guessed(safetycone_file: ModelFile) -> None:
    """A file that is not of its sidecar's family is refused, even if another family would recognise it."""
    with pytest.raises(UnusableModel, match="is not of the family ssd that its sidecar names"):
        recognise(replace(safetycone_file, sidecar=Sidecar(family="ssd")))


def test_refuses_a_file_without_outputs(safetycone_file: ModelFile) -> None:
    """A file without outputs is refused like any other that is not a detector."""
    with pytest.raises(UnusableModel, match="no detector of a known family"):
        recognise(replace(safetycone_file, outputs=(), sidecar=Sidecar()))
