"""The options of the command are those of the contract's Feature."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from offline.options import FeatureOptions, OptionError
from schemas import Feature
from web.contract import Contract

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def contract() -> Contract:
    """The contract."""
    return Contract.read(ROOT / "openapi.yml")


def features(contract: Contract, *words: str) -> list[Feature]:
    """The features for some arguments of the command."""
    options = FeatureOptions(contract)
    parser = argparse.ArgumentParser(allow_abbrev=False)
    options.add_to(parser)
    return options.features(parser.parse_args(words))


def test_all_options(contract: Contract) -> None:
    """Every option of Feature is one of the command, under the contract's name."""
    parser = argparse.ArgumentParser()
    FeatureOptions(contract).add_to(parser)
    flags = {flag for action in parser._actions for flag in action.option_strings}
    properties = contract.follow({"$ref": "#/components/schemas/Feature"})["properties"]
    assert {f"--{name}" for name in properties} <= flags


def test_nothing(contract: Contract) -> None:
    """Without options there is one feature with all defaults; an empty text is no option."""
    assert features(contract) == features(contract, "--type", "", "--model", "") == [Feature()]


@pytest.mark.parametrize(
    ("words", "feature"),
    [
        (["--score_th", "0.5"], Feature(score_th=0.5)),
        (["--score-th=0"], Feature(score_th=0)),
        (["--max-results", "7", "--nms", "agnostic"], Feature(max_results=7, nms="agnostic")),
        (["--explain"], Feature(explain=True)),
        (["--explain", "no", "--units", "pixel"], Feature(explain=False, units="pixel")),
        (["--type", "stop sign"], Feature(type="stop sign")),
    ],
)
def test_values(contract: Contract, words: list[str], feature: Feature) -> None:
    """Values are read like those of a query."""
    assert features(contract, *words) == [feature]


def test_models(contract: Contract) -> None:
    """Each of several models is a feature with the same options."""
    found = features(contract, "--model", "a", "--score_th", "0.5", "--model", "b", "--model", "a")
    assert found == [Feature(model="a", score_th=0.5), Feature(model="b", score_th=0.5)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--score_th", "2"], "--score_th must be at most 1"),
        (["--score_th", "high"], "--score_th must be a number"),
        (["--nms", "none"], "--nms must be one of"),
        (["--score_th", "0.1", "--score_th", "0.2"], "--score_th must be given once"),
    ],
)
def test_faults(contract: Contract, words: list[str], message: str) -> None:
    """Values that the contract forbids are refused and named."""
    with pytest.raises(OptionError, match=message):
        features(contract, *words)


def test_options_of_later_contracts(contract: Contract) -> None:
    """Lists and objects in later contracts are options too: repeated texts, JSON for others."""
    text = contract.text.replace(
        "        explain: {$ref: '#/components/schemas/Explain'}\n      example: {score_th: 0.35, nms_iou: 0.4}\n",
        """        explain: {$ref: '#/components/schemas/Explain'}
        names: {type: array, items: {type: string}, description: 'Names. More.'}
        least: {type: object, additionalProperties: {type: number}, description: Numbers.}
        parts: {type: array, items: {type: object, properties: {x: {type: integer}}}, description: Parts.}
      example: {score_th: 0.35, nms_iou: 0.4}
""",
        1,
    )
    assert text != contract.text
    options = FeatureOptions(Contract.parse("openapi.yml", text))
    parser = argparse.ArgumentParser()
    options.add_to(parser)
    words = ["--names", "a", "--names", "b,c", "--least", '{"a": 0.5}', "--parts", '{"x": 1}', "--parts", '{"x": 2}']
    given: dict[str, Any] = vars(parser.parse_args(words))
    values = {name: options._value(name, texts) for name, texts in given.items() if texts}
    assert values == {"names": ["a", "b,c"], "least": {"a": 0.5}, "parts": [{"x": 1}, {"x": 2}]}
    with pytest.raises(OptionError, match="--least must be JSON"):
        options.features(parser.parse_args(["--least", "a=1"]))


def zone(name: str) -> str:
    """A zone as JSON."""
    return json.dumps({"name": name, "points": [{"x": 0, "y": 0}, {"x": 1, "y": 0}, {"x": 1, "y": 1}]})


@pytest.mark.parametrize(
    "texts",
    [
        [zone("a"), zone("b"), zone("c")],
        [f"[{zone('a')}, {zone('b')}, {zone('c')}]"],
        [zone("a"), f"[{zone('b')}, {zone('c')}]"],
    ],
    ids=["objects", "list", "both"],
)
def test_lists_of_objects(contract: Contract, texts: list[str]) -> None:
    """Objects may be given one by one, as a list, or both."""
    [feature] = features(contract, *(word for text in texts for word in ("--zones", text)))
    assert [each.name for each in feature.zones or ()] == ["a", "b", "c"]


def test_no_objects(contract: Contract) -> None:
    """Items that are no objects are refused with their place, in a list as well."""
    with pytest.raises(OptionError, match="--zones/1 must be an object"):
        features(contract, "--zones", f"[{zone('a')}, 5]")


def test_help_of_lists(contract: Contract) -> None:
    """The help says that a list of objects may be given as one."""
    parser = argparse.ArgumentParser()
    FeatureOptions(contract).add_to(parser)
    [option] = [action for action in parser._actions if action.dest == "zones"]
    assert "a list as JSON" in str(option.help)
