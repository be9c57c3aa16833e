"""Requests of every kind that the contract allows and forbids, made up by schemathesis, sent to the running service."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.photos import TOKEN
from tests.support.server import ROOT, Server
from tests.support.tools import Done

CONTRACT = ROOT / "openapi.yml"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.version_info < (3, 11),
        reason="schemathesis for Python 3.10 sends files of forms as texts, where a $ref says file",
    ),
]

# What is replaced in the contract, so that the service no longer does what it says; the operation; and the finding.
DIFFERENCES = {
    "status": (
        (
            "        '404': {$ref: '#/components/responses/NotFound'}\n"
            "        '500': {$ref: '#/components/responses/InternalServerError'}\n"
            "        default: {$ref: '#/components/responses/OtherProblem'}\n"
        ),
        "        '500': {$ref: '#/components/responses/InternalServerError'}\n",
        "getModel",
        "Undocumented status code",
    ),
    "type": (
        "which determines how its output is read.\n          type: string\n",
        "which determines how its output is read.\n          type: integer\n",
        "listModels",
        "Response violates schema",
    ),
    "field": (
        "      required: [status]\n",
        "      required: [status, since]\n",
        "getLiveness",
        "Response violates schema",
    ),
    "accepts": ("      maximum: 300\n", "      maximum: 200\n", "predictImage", "Schema-violating request accepted"),
    "refuses": ("      maximum: 300\n", "      maximum: 400\n", "predictImage", "Schema-valid request rejected"),
    "token": ("      security: []\n", "      security: [{ApiToken: []}]\n", "getLiveness", "API accepts"),
}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service with all of its operations, closed to who has no token, its answers checked against the contract."""
    server = Server(
        tmp_path_factory.mktemp("strict") / "log",
        DETECTOR_COMPATIBILITY="1",
        DETECTOR_TOKENS=TOKEN,
        DETECTOR_VALIDATE_RESPONSES="1",
    ).wait_until_ready()
    yield server
    server.stop()


def schemathesis(folder: Path, contract: Path, server: Server, *arguments: str) -> Done:
    """What schemathesis has found; it may write into the folder."""
    return subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "--no-color"),
            *("--config-file", ROOT / "tests/contract/schemathesis.toml", "run", contract, "--url", server.url),
            *("--header", f"X-Api-Token: {TOKEN}", *arguments),
        ],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


def test_finds_nothing(strict: Server, tmp_path: Path) -> None:
    """Whatever is sent, the service answers as the contract says, and takes what the contract allows and no more."""
    done = schemathesis(tmp_path, CONTRACT, strict)
    assert done.returncode == 0, done.stdout + done.stderr
    number = CONTRACT.read_text("utf-8").count("\n      operationId: ")
    assert f"{number} selected / {number} total" in done.stdout
    assert "No issues found" in done.stdout


@pytest.mark.parametrize("name", DIFFERENCES)
def test_finds(strict: Server, tmp_path: Path, name: str) -> None:
    """Where the service does something other than what the contract says, it is found."""
    text, difference, operation, finding = DIFFERENCES[name]
    contract = CONTRACT.read_text("utf-8")
    assert text in contract
    changed = tmp_path / "openapi.yml"
    changed.write_text(contract.replace(text, difference, 1), "utf-8")
    done = schemathesis(tmp_path, changed, strict, "--include-operation-id", operation)
    assert done.returncode == 1, done.stdout + done.stderr
    assert finding in done.stdout
