"""detector/registry.py."""

from pathlib import Path

import pytest

from detector.errors import UnknownLabel, UnknownModel, UnusableModel
from detector.registry import Registry
from detector.runtime import build


@pytest.fixture(scope="module")
def registry(two_models: Path) -> Registry:
    """Two models: english finds cones, german finds Leitkegel."""
    return Registry.load(two_models, build, interpreters=1)


@pytest.mark.parametrize(
    ("default", "names"),
    [
        pytest.param("", ["english", "german"], id="by name"),
        pytest.param("english", ["english", "german"], id="the first as default"),
        pytest.param("german", ["german", "english"], id="another default comes first"),
    ],
)
def test_loads_a_folder(two_models: Path, default: str, names: list[str]) -> None:
    """Every .tflite file is loaded, the default first and the others by name; other files are left alone."""
    assert [model.name for model in Registry.load(two_models, build, 1, default)] == names


@pytest.mark.parametrize(
    ("name", "label", "chosen"),
    [
        pytest.param(None, None, "english", id="nothing: the default"),
        pytest.param(None, "cone", "english", id="a label of the default"),
        pytest.param(None, "Leitkegel", "german", id="a label that only another knows"),
        pytest.param("german", None, "german", id="a name"),
        pytest.param("german", "Leitkegel", "german", id="a name and its label"),
    ],
)
def test_chooses(registry: Registry, name: str | None, label: str | None, chosen: str) -> None:
    """A caller gets the model that was named, else the first that knows the label."""
    assert registry.choose(name, label).name == chosen


@pytest.mark.parametrize(
    ("name", "label"),
    [
        pytest.param("german", "cone", id="a label that only another model knows"),
        pytest.param(None, "zebra", id="a label that no model knows"),
        pytest.param(None, "CONE", id="another case"),
        pytest.param(None, "", id="an empty label"),
    ],
)
def test_unknown_label(registry: Registry, name: str | None, label: str) -> None:
    """A label that cannot be found is refused, with where to look, and is not repeated."""
    with pytest.raises(UnknownLabel, match="GET /models") as refusal:
        registry.choose(name, label)
    assert not label or label not in str(refusal.value)


@pytest.mark.parametrize("name", ["zebra", "english.tflite", "ENGLISH", "../models/english", ""])
def test_unknown_model(registry: Registry, name: str) -> None:
    """A name that no model has, an empty one included, is refused, with where to look."""
    with pytest.raises(UnknownModel, match="GET /models"):
        registry.get(name)
    with pytest.raises(UnknownModel, match="GET /models"):
        registry.choose(name, "cone")


def test_refuses_a_missing_folder(tmp_path: Path) -> None:
    """A folder that does not exist is named."""
    with pytest.raises(UnusableModel, match=r"There is no folder .*nowhere: create it"):
        Registry.load(tmp_path / "nowhere", build, 1)


def test_refuses_an_empty_folder(tmp_path: Path) -> None:
    """A folder without models is named, with what to put there."""
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UnusableModel, match=r"There is no model in .*: put a .tflite file and its labels there"):
        Registry.load(tmp_path, build, 1)


def test_refuses_an_unknown_default(two_models: Path) -> None:
    """A default that is not in the folder is named."""
    with pytest.raises(UnusableModel, match=r"There is no french.tflite in .*choose another default"):
        Registry.load(two_models, build, 1, "french")


def test_one_bad_model_stops_the_start(copied: Path) -> None:
    """A folder with a sound and an unusable model is refused, and the unusable one is named."""
    (copied.parent / "broken.tflite").write_bytes(b"no model")
    with pytest.raises(UnusableModel, match=r"^broken.tflite is not a whole TFLite model"):
        Registry.load(copied.parent, build, 1)
