"""A contract that cannot be served stops the start with one clear sentence.

tests/unit/web/contract/test_rules.py has every mistake in a contract, tests/unit/web/routes/ those between a contract
and its handlers, and tests/e2e/test_refusing_to_start.py those in settings and models.
"""

from pathlib import Path

import pytest

from app import StartError, create_app
from settings import Settings
from tests.support.contracts import replaced
from tests.support.server import ROOT

MISTAKES = {
    "in the document": ("openapi: 3.0.3", "openapi: [3.0.3", "openapi.yml, line 2: this is not YAML"),
    "without a handler": (
        "operationId: getModel",
        "operationId: getModle",
        "no function handlers.models.get_modle",
    ),
}


@pytest.mark.parametrize(("text", "mistake", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_contract(tmp_path: Path, text: str, mistake: str, sentence: str) -> None:
    """A mistake in the contract, or between it and the handlers, is named."""
    file = tmp_path / "openapi.yml"
    file.write_text(replaced((ROOT / "openapi.yml").read_text("utf-8"), text, mistake), "utf-8")
    with pytest.raises(StartError) as stopped:
        create_app(Settings(), contract_path=file)
    assert sentence in str(stopped.value)
    assert "\n" not in str(stopped.value)
