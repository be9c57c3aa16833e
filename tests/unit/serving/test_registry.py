"""detector/serving/registry.py."""

from pathlib import Path

import pytest

from detector.errors import NoCommonModel, UnknownLabel, UnknownModel
from detector.serving.folder import ModelFolder
from detector.serving.registry import Registry
from detector.tflite.runtime import LITERT


@pytest.fixture(scope="module")
def registry(two_models: Path) -> Registry:
    """Two models: english finds cones, german finds Leitkegel."""
    return ModelFolder(two_models, LITERT).read()


@pytest.mark.parametrize(
    ("name", "labels", "chosen"),
    [
        pytest.param(None, [], "english", id="nothing: the default"),
        pytest.param(None, ["cone"], "english", id="a label of the default"),
        pytest.param(None, ["Leitkegel", "Leitkegel"], "german", id="a label that only another knows"),
        pytest.param("german", [], "german", id="a name"),
        pytest.param("german", ["Leitkegel"], "german", id="a name and its label"),
    ],
)
def test_chooses(registry: Registry, name: str | None, labels: list[str], chosen: str) -> None:
    """A caller gets the named model, else the first that knows all of the labels."""
    assert registry.choose(name, labels).name == chosen


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
    """An unknown label is refused, and is not repeated."""
    with pytest.raises(UnknownLabel, match="finds this label") as refusal:
        registry.choose(name, [label])
    assert not label or label not in str(refusal.value)
    assert refusal.value.labels == {label}


def test_says_which_labels_are_unknown(registry: Registry) -> None:
    """The labels that no model knows are named; all of them if different models know them."""
    with pytest.raises(UnknownLabel, match="finds this label") as refusal:
        registry.choose(None, ["cone", "zebra", "yak"])
    assert refusal.value.labels == {"zebra", "yak"}
    with pytest.raises(NoCommonModel, match="No single model finds all") as refusal:
        registry.choose(None, ["cone", "Leitkegel"])
    assert refusal.value.labels == ["cone", "Leitkegel"]


@pytest.mark.parametrize("name", ["zebra", "english.tflite", "ENGLISH", "../models/english", ""])
def test_unknown_model(registry: Registry, name: str) -> None:
    """An unknown name, including an empty one, is refused."""
    with pytest.raises(UnknownModel, match="No model of this name is loaded"):
        registry.get(name)
    with pytest.raises(UnknownModel, match="No model of this name is loaded"):
        registry.choose(name, ["cone"])
