"""Models for the tests of the detector; all of them are real."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.files.modelfile import ModelFile
from detector.images import ImageLimits, decode
from detector.serving.model import Model
from detector.tflite.runtime import LITERT

Bring = Callable[..., Path]


@pytest.fixture(scope="session")
def safetycone(bundled: Path) -> Model:
    """The bundled model."""
    return Model.load(bundled / "safetycone.tflite", LITERT)


@pytest.fixture(scope="session")
def safetycone_file(bundled: Path) -> ModelFile:
    """The facts about the bundled model's file."""
    return ModelFile.read(bundled / "safetycone.tflite")


@pytest.fixture(scope="session")
def bring(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Bring:
    """Puts a public model and a label file into a folder, as a user does."""

    def copy(model: str, labels: str) -> Path:
        folder = tmp_path_factory.mktemp(model)
        shutil.copy(assets / "labels" / labels, folder / f"{model}{Path(labels).suffix}")
        return Path(shutil.copy(assets / "models" / f"{model}.tflite", folder))

    return copy


@pytest.fixture(scope="session")
def cat_raccoon(bring: Bring) -> Model:
    """A public detector of cats and raccoons: an SSD with PostProcess, exported by TF2."""
    return Model.load(bring("ssd_fpnlite_tf2_cat_raccoon", "cat_raccoon.txt"), LITERT)


@pytest.fixture(scope="session")
def coco(bring: Bring) -> Model:
    """A public detector of 90 kinds of objects: an SSD with PostProcess, exported by TF1."""
    return Model.load(bring("ssd_mobilenet_v1_coco", "coco_90_with_placeholder.txt"), LITERT)


@pytest.fixture(scope="session")
def photo_rgb(photo: bytes) -> NDArray[np.uint8]:
    """The example photo's image."""
    return decode(photo, ImageLimits())


@pytest.fixture(scope="module", autouse=True)
def _shared(shared_trials: None) -> None:
    """Lets the folders of models in this process share what is slow to start."""
