"""The contract obeys the linters' rules, and each mistake in it is caught."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.contracts import replaced
from tests.support.drafts import drafts
from tests.support.tools import ROOT, needs_node_tools, script

pytestmark = [pytest.mark.slow, needs_node_tools]

CONTRACT = (ROOT / "openapi.yml").read_text("utf-8")

# Texts to replace in the contract, their replacements, and the rule that reports them. Mistakes that stop the service
# are in tests/unit/web/contract/.
MISTAKES = {
    "no-description": (
        "      description: Every loaded model with the labels that it finds, the default model first.\n",
        "",
        "operation-description",
    ),
    "two-tags": ("tags: [models]", "tags: [models, health]", "operation-has-one-tag"),
    "undeclared-tag": ("tags: [models]", "tags: [modles]", "operation-tag-defined"),
    "two-media-types": (
        "          application/octet-stream:\n",
        "          image/png: {schema: {type: string}}\n          application/octet-stream:\n",
        "one-media-type-a-request",
    ),
    "error-as-json": ("        application/problem+json:\n", "        application/json:\n", "errors-are-problems"),
    "no-400": ("        '400': {$ref: '#/components/responses/BadRequest'}\n", "", "problems-are-described"),
    "no-401": (
        "        '401': {$ref: '#/components/responses/Unauthorized'}\n",
        "",
        "secured-operations-answer-401",
    ),
    "no-security": ("  - ApiToken: []\n  - {} ", "  [] ", "owasp:api2:2023-write-restricted"),
    "token-in-query": (
        "      type: apiKey\n      in: header\n",
        "      type: apiKey\n      in: query\n",
        "owasp:api2:2023-no-api-keys-in-url",
    ),
    "two-successes": (
        "        '400': {$ref: '#/components/responses/BadRequest'}\n",
        "        '201': {description: Made.}\n        '400': {$ref: '#/components/responses/BadRequest'}\n",
        "one-status-for-success",
    ),
    "unbounded-text": ("          maxLength: 4000\n", "", "strings-are-bounded"),
    "unbounded-list": ("          maxItems: 4800\n", "", "owasp:api4:2023-array-limit"),
    "unbounded-integer": (
        "          minimum: 1\n          maximum: 65535\n",
        "",
        "owasp:api4:2023-integer-limit-legacy",
    ),
    "unused-schema": (
        "  schemas:\n",
        "  schemas:\n    Unused: {title: Unused, description: Unused., type: boolean, example: true}\n",
        "oas3-unused-component",
    ),
    "no-retry-after": (
        "        Retry-After: {$ref",
        "        X-Retry: {$ref",
        "busy-says-when-to-try-again",
    ),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """The broken rules of the draft with each mistake; all are linted at once, since linters start slowly."""
    folder = tmp_path_factory.mktemp("mistakes")
    files = {folder / f"{number}.yml": draft for number, draft in enumerate(drafts(CONTRACT, MISTAKES))}
    for file, draft in files.items():
        file.write_text(draft.text, "utf-8")
    rules: dict[str, set[str]] = {file.stem: set() for file in files}
    done = script("node/run", "spectral", "lint", "--ruleset", ROOT / "scripts/node/spectral.yaml", "-f=json", *files)
    for finding in json.loads(done.stdout):
        rules[Path(finding["source"]).stem].add(finding["code"])
    done = script("node/run", "redocly", "lint", f"--config={ROOT}/scripts/node/redocly.yaml", "--format=json", *files)
    for report in done.stdout.replace("}{", "}\0{").split("\0"):
        for finding in json.loads(report)["problems"]:
            rules[Path(finding["location"][0]["source"]["ref"]).stem].add(finding["ruleId"])
    return {name: rules[file.stem] for file, draft in files.items() for name in draft.mistakes}


def test_contract_breaks_no_rule() -> None:
    """Neither linter reports anything about the contract, not even a hint."""
    done = script("lint")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", MISTAKES)
def test_catches(found: Mapping[str, set[str]], name: str) -> None:
    """A mistake is caught by the rule made for it."""
    assert MISTAKES[name][2] in found[name]


def test_own_rules(tmp_path: Path) -> None:
    """The linter reports everything that would stop the start, in the same words and all at once."""
    mistakes = replaced(replaced(CONTRACT, "format: int32", "format: int23"), "tags: [models]", "tags: [the models]")
    (tmp_path / "mistaken.yml").write_text(mistakes, "utf-8")
    done = script("lint", tmp_path / "mistaken.yml")
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if line.startswith("mistaken.yml, line ")]
    assert ["there is no format int23" in line for line in told] == [False, True]
    assert "the first tag names a module of handlers/" in told[0]


@pytest.mark.parametrize("file", ["rules.yaml", "redocly.yaml", "spectral.yaml"])
def test_exemptions_have_reasons(file: str) -> None:
    """Each disabled rule states the reason on its line."""
    lines = (ROOT / "scripts/node" / file).read_text("utf-8").splitlines()
    off = [line for line in lines if re.search(r": off\b", line)]
    assert off
    assert all(re.search(r": off # \w.{7}", line) for line in off)
