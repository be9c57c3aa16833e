"""Generated files, and facts that are written in two places, agree with their source."""

import re
import subprocess
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import yaml

from detector.files.sidecar import Defaults
from handlers.deepstack import MAX_PREDICTIONS
from handlers.options import DEFAULTS as DEFAULT_OPTIONS
from handlers.options import MAX_RESULTS
from settings import Settings, SettingsError

ROOT = Path(__file__).parents[2]
CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))
DEFAULTS: dict[str, Any] = msgspec.to_builtins(DEFAULT_OPTIONS)


@pytest.mark.slow
def test_schemas_are_up_to_date() -> None:
    """schemas/ equals what scripts/generate makes of openapi.yml."""
    done = subprocess.run([ROOT / "scripts" / "generate", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_docs_list_the_settings() -> None:
    """The table in docs/settings.md lists every variable with its default and help, and no others."""
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$", (ROOT / "docs/settings.md").read_text("utf-8"), re.MULTILINE
    )
    assert rows == [
        (field.encode_name, f"`{field.default}`" if field.default != "" else "", description(field.type))
        for field in msgspec.structs.fields(Settings)
    ]


def description(annotated: Any) -> str:
    """The help of a setting."""
    return str(annotated.__metadata__[0].description)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PORT", "abc", "a whole number of at least 0 and at most 65535"),
        ("PORT", "65536", "a whole number of at least 0 and at most 65535"),
        ("WEB_CONCURRENCY", "two", "a whole number of at least 0"),
        ("LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("DETECTOR_MAX_BODY_BYTES", "0", "a whole number of at least 1"),
        ("DETECTOR_RUNTIME", "onnx", "one of litert, tflite-runtime"),
        ("DETECTOR_COMPATIBILITY", "maybe", "true or false, or 1 or 0"),
        ("DETECTOR_RELOAD_SECONDS", "-1", "a number of at least 0"),
        ("DETECTOR_BODY_SECONDS", "inf", "a number above 0 and at most 86400"),
        ("DETECTOR_ANSWER_SECONDS", "soon", "a number above 0"),
    ],
)
def test_settings_are_checked(variable: str, value: str, expected: str) -> None:
    """A value of another type or out of its range is refused by the variable's name, with what it must be."""
    with pytest.raises(SettingsError) as refusal:
        Settings.read({variable: value})
    assert str(refusal.value) == f"{variable} cannot be used: it must be {expected}."


@pytest.mark.parametrize(
    "variable",
    [each.encode_name for each in msgspec.structs.fields(Settings) if get_args(each.type)[0] is not str],
)
def test_every_setting_says_what_it_must_be(variable: str) -> None:
    """The words leave out no type of setting and no bound."""
    with pytest.raises(
        SettingsError, match=r"it must be (true or|one of|a number|a whole number) [^_`]+\.$"
    ) as refusal:
        Settings.read({variable: "-1"})
    assert "None" not in str(refusal.value)


def test_settings_are_read() -> None:
    """Variables become typed fields; an empty one counts as unset."""
    settings = Settings.read({"PORT": "8080", "HOST": "", "DETECTOR_VALIDATE_RESPONSES": "true", "OTHER": "x"})
    assert (settings.port, settings.host, settings.validate_responses) == (8080, "127.0.0.1", True)


def test_sidecars_have_the_contracts_options() -> None:
    """A sidecar's options have the contract's names and bounds; the detector need not know the contract."""
    contract = CONTRACT["components"]["schemas"]
    sidecar = msgspec.json.schema(Defaults)["$defs"]["Defaults"]["properties"]
    assert list(sidecar) == list(contract["ModelOptions"]["properties"])
    for name, option in contract["ModelOptions"]["properties"].items():
        stated = next(kind for kind in sidecar[name]["anyOf"] if kind.get("type") != "null")
        feature = contract[contract["Feature"]["properties"][name]["$ref"].rpartition("/")[2]]
        for bound in ("minimum", "maximum"):
            assert option.get(bound) == feature.get(bound)
            assert same(stated.get(bound), option.get(bound))
        assert {None, *stated.get("enum", [])} == {None, *feature.get("enum", [])}
        default = f"{DEFAULTS[name]:g}" if isinstance(DEFAULTS[name], float) else DEFAULTS[name]
        assert f"default is {default} unless" in " ".join(feature["description"].replace("`", "").split())


def test_other_services_clients_get_as_many_results() -> None:
    """The most results for other services' clients are the contract's, which its sentences state, too."""
    contract = CONTRACT["components"]["schemas"]
    predictions = contract["DeepStackResponse"]["properties"]["predictions"]
    assert contract["MaxResults"]["maximum"] == MAX_RESULTS
    assert f"up to {MAX_RESULTS}" in contract["VisionCount"]["description"]
    assert predictions["maxItems"] == MAX_PREDICTIONS
    assert f"up to {MAX_PREDICTIONS}" in predictions["description"]


def test_contract_states_the_limits() -> None:
    """The limits in the contract are the settings' defaults."""
    [text] = [tag["description"] for tag in CONTRACT["tags"] if tag["name"] == "detection"]
    stated = re.search(r"up to (\d+) MiB .*? (\d+) seconds, .*? (\d+) megapixels .*? (\d+) pixels", text, re.DOTALL)
    settings = Settings()
    assert stated
    assert [int(number) for number in stated.groups()] == [
        settings.max_body_bytes / 2**20,
        settings.body_seconds,
        settings.max_pixels / 1e6,
        settings.max_side,
    ]


def same(one: Any, other: Any) -> bool:
    """True if two bounds are equal; words may come in any order."""
    return set(one) == set(other) if isinstance(one, list) else one == other
