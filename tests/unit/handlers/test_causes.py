"""handlers/causes.py: each problem has a stable code."""

import re
from pathlib import Path

import pytest

from detector import (
    DetectorError,
    ImageTooLarge,
    ModelFolder,
    NoCommonModel,
    Runtime,
    UnknownLabel,
    UnknownModel,
    UnreadableImage,
)
from handlers import causes
from tests.support.server import ROOT
from web.problems.causes import BY_STATUS, CAUSES


def test_documented() -> None:
    """docs/problems.md has each code and its sentence, and no others."""
    told = re.findall(r"(?m)^\| `([a-z0-9-]+)` \| (.*) \|$", (ROOT / "docs" / "problems.md").read_text("utf-8"))
    assert dict(told) == CAUSES | causes.CAUSES
    assert not CAUSES.keys() & causes.CAUSES.keys()


def test_used_codes_are_known() -> None:
    """Every code that the service uses is in the table."""
    files = [file for folder in ("web", "handlers") for file in (ROOT / folder).rglob("*.py")]
    used = {code for file in files for code in re.findall(r'code="([a-z0-9-]+)"', file.read_text("utf-8"))}
    assert used
    assert used | set(BY_STATUS.values()) <= {*CAUSES, *causes.CAUSES}


@pytest.mark.parametrize(
    ("error", "code", "pointer"),
    [
        (UnreadableImage("No."), "unreadable-image", None),
        (ImageTooLarge("No."), "image-too-large", None),
        (UnknownLabel("No."), "unknown-label", None),
        (NoCommonModel("No."), "unknown-label", None),
        (UnknownModel("No."), "unknown-model", "#/model"),
    ],
)
def test_what_the_detector_refuses(error: DetectorError, code: str, pointer: str | None) -> None:
    """Each of the detector's refusals has its own code, and points at the option in question."""
    told = causes.problem_of_error(error)
    assert (told.status, told.code, told.type) == (422, code, f"urn:problem-type:{code}")
    assert causes.code_of_error(error) == code
    assert [fault.pointer for fault in told.errors] == ([pointer] if pointer else [])


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (("zebra", []), "No model of this name is loaded: GET /models lists those that are."),
        ((None, ["zebra"]), "No model here, or not the chosen one, finds this label: GET /models lists the labels."),
        ((None, ["cone", "Leitkegel"]), "No single model finds all of these labels: ask for them in several requests."),
        (("german", []), ""),
    ],
)
def test_where_to_look(two_models: Path, ask: tuple[str | None, list[str]], sentence: str) -> None:
    """An unknown model or label is refused with the operation that lists the known ones, or with a way to ask."""
    detail = ""
    try:
        ModelFolder(two_models, Runtime("litert")).read().choose(*ask)
    except DetectorError as error:
        detail = causes.problem_of_error(error).detail
    assert detail == sentence
