"""detector/files/beside.py and detector/files/found_labels.py: label files and sidecars as projects ship them."""

from pathlib import Path

import numpy as np
import pytest

from detector.errors import UnusableModel
from detector.files.beside import Beside
from detector.files.modelfile import ModelFile
from detector.serving.model import Model
from detector.tflite.runtime import LITERT
from tests.support import made_models

TWO_CLASSES = np.zeros((1, 6, 84), np.float32)


def put(folder: Path, **files: str) -> Path:
    """Writes a detector of two classes into a folder, with these files beside it; __ in a name stands for a dot."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    return made_models.write(folder / "street.tflite", TWO_CLASSES)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("street.txt", "cat\ndog", id="NAME.txt"),
        pytest.param("street.pbtxt", "item {id: 1 name: 'cat'} item {id: 2 name: 'dog'}", id="NAME.pbtxt"),
        pytest.param("street.labels", "cat\ndog", id="NAME.labels"),
        pytest.param("street.names", "cat\ndog", id="NAME.names"),
        pytest.param("street_labels.txt", "cat\ndog", id="NAME_labels.txt"),
        pytest.param("Street.TXT", "cat\ndog", id="in any case"),
    ],
)
def test_labels_of_its_name(tmp_path: Path, name: str, text: str) -> None:
    """A label file of the model's name counts, whatever else is in the folder."""
    path = put(tmp_path, labels__txt="x\ny", other__tflite="")
    (tmp_path / name).write_text(text, "utf-8")
    assert ModelFile.read(path).labels_for(2) == ("cat", "dog")


SHARED = [
    *("labelmap.txt", "labels.txt", "Labels.txt", "coco_labels.txt", "classes.txt", "obj.names", "coco.names"),
    *("label_map.pbtxt", "metadata.yaml", "data.yaml", "DATA.YAML"),
]
TEXTS = {"pbtxt": "item {id: 1 name: 'cat'} item {id: 2 name: 'dog'}", "yaml": "names: {0: cat, 1: dog}"}


@pytest.mark.parametrize("name", SHARED)
def test_labels_of_the_only_model(tmp_path: Path, name: str) -> None:
    """A label file with a common name counts if the folder holds one model and the number of labels fits."""
    path = put(tmp_path)
    (tmp_path / name).write_text(TEXTS.get(name.rpartition(".")[2].lower(), "cat\ndog"), "utf-8")
    file = ModelFile.read(path)
    assert file.labels_for(2) == ("cat", "dog")
    assert file.labels.source(("cat", "dog")) == "label_file"
    with pytest.raises(
        UnusableModel, match=f"has 3 classes, but {name} beside it names 2: correct it, or write street"
    ):
        file.labels_for(3)


def test_labels_of_one_of_several_models(tmp_path: Path) -> None:
    """Beside several models such a file is reported, with what to do, and not used."""
    path = put(tmp_path, labels__txt="cat\ndog", other__tflite="")
    with pytest.raises(UnusableModel, match=r"labels of its own: labels\.txt lies beside it.* Copy it to street\.txt"):
        ModelFile.read(path).labels_for(2)


def test_another_models_labels_are_its_own(tmp_path: Path) -> None:
    """A label file of another model's name is neither used nor reported."""
    path = put(tmp_path, other__tflite="", other_labels__txt="cat\ndog")
    with pytest.raises(UnusableModel, match=r"2 classes and no labels: write them into street\.txt"):
        ModelFile.read(path).labels_for(2)


def test_the_label_file_that_fits_counts(tmp_path: Path) -> None:
    """The one label file with as many labels as classes counts; if several fit and differ, none does."""
    path = put(tmp_path, labels__txt="a\nb\nc", coco__names="cat\ndog", labelmap__txt="0 cat\n1 dog")
    assert ModelFile.read(path).labels_for(2) == ("cat", "dog")
    (tmp_path / "classes.txt").write_text("cat\nfox", "utf-8")
    with pytest.raises(UnusableModel, match=r"labelmap\.txt and classes\.txt beside it both fit but differ: rename"):
        ModelFile.read(path).labels_for(2)


def test_metadata_goes_before_shared_files(tmp_path: Path) -> None:
    """Labels in the model itself come before those of a file beside it, unless only the latter fit."""
    files = {"labels.txt": b"lynx\nwolf"}
    path = made_models.write(tmp_path / "m.tflite", TWO_CLASSES, files=files)
    (tmp_path / "labelmap.txt").write_text("cat\ndog", "utf-8")
    assert ModelFile.read(path).labels_for(2) == ("lynx", "wolf")
    (tmp_path / "labelmap.txt").write_text("cat\ndog\nfox", "utf-8")
    assert ModelFile.read(path).labels_for(3) == ("cat", "dog", "fox")


def test_broken_shared_files(tmp_path: Path) -> None:
    """An unreadable label file is refused by name if it is the only one, and otherwise ignored."""
    path = put(tmp_path, data__yaml="train: images")
    with pytest.raises(UnusableModel, match=r"has no labels in data\.yaml"):
        ModelFile.read(path)
    (tmp_path / "labels.txt").write_text("cat\ndog", "utf-8")
    assert ModelFile.read(path).labels_for(2) == ("cat", "dog")


def test_a_familys_own_label_needs_no_file(tmp_path: Path) -> None:
    """A label file for something else does not stop a face detector."""
    content = made_models.make(np.zeros((1, 896, 16)), np.zeros((1, 896, 1)), input_shape=(1, 128, 128, 3))
    (tmp_path / "face.tflite").write_bytes(content)
    (tmp_path / "labels.txt").write_text("cat\ndog", "utf-8")
    assert Model.load(tmp_path / "face.tflite", LITERT).labels == ("face",)


def test_a_name_of_its_own(tmp_path: Path) -> None:
    """A model in a sub-folder has that folder's name; files of either name belong to it."""
    path = put(tmp_path, crossing__txt="cat\ndog", crossing__yaml="defaults: {score_th: 0.7}")
    file = ModelFile.read(path, name="crossing")
    assert file.name == "crossing"
    assert file.labels_for(2) == ("cat", "dog")
    assert file.sidecar.defaults.score_th == 0.7


@pytest.mark.parametrize("suffix", [".yml", ".yaml", ".YAML"])
def test_sidecars(tmp_path: Path, suffix: str) -> None:
    """A sidecar may end in .yml or .yaml; if both exist, .yml counts."""
    path = put(tmp_path)
    (tmp_path / f"street{suffix}").write_text("labels: [cat, dog]", "utf-8")
    assert ModelFile.read(path).labels_for(2) == ("cat", "dog")
    (tmp_path / "street.yml").write_text("labels: [lynx, wolf]", "utf-8")
    assert ModelFile.read(path).labels_for(2) == ("lynx", "wolf")


def test_all_files_that_count(tmp_path: Path) -> None:
    """All files that may change the facts about a model are listed, hidden ones never."""
    put(tmp_path, street__txt="a", street__yaml="", labels__txt="b", README__md="", _DS_Store="", photo__jpg="")
    (tmp_path / "._labels.txt").touch()
    assert [file.name for file in Beside(tmp_path).all("street")] == ["street.yaml", "street.txt", "labels.txt"]


def test_missing_folder() -> None:
    """A missing folder has no files."""
    assert Beside(Path("/nowhere/at/all")).all("street") == []


def test_classes_without_a_name_are_not_offered(tmp_path: Path) -> None:
    """A class without a name is neither a label nor found; the others keep their indices."""
    output = np.zeros((1, 7, 84), np.float32)
    output[0, :, 0] = [0.5, 0.5, 0.5, 0.5, 0.0, 0.9, 0.0]
    output[0, :, 1] = [0.5, 0.5, 0.5, 0.5, 0.0, 0.0, 0.8]
    path = made_models.write(tmp_path / "m.tflite", output)
    (tmp_path / "m.txt").write_text("0 cat\n2 dog\n", "utf-8")
    model = Model.load(path, LITERT)
    assert model.labels == ("cat", "dog")
    found = model.candidates(np.zeros((64, 64, 3), np.uint8), 0.5)
    assert [model.family.labels[class_id] for class_id in found.class_ids] == ["dog"]
    assert found.not_listed == 83
