"""scripts/diff lists the contract's changes, and a breaking change needs a new version."""

import copy
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.changes import BREAKING, CONTRACT, HARMLESS, REMOVED, Edits
from tests.support.tools import ROOT, Done, needs, needs_node_tools

pytestmark = [pytest.mark.slow, needs_node_tools, needs(shutil.which("git"), "git")]


def edited(*edits: Edits, version: str = "0.1.0") -> str:
    """The text of the contract with something added or removed."""
    contract = copy.deepcopy(CONTRACT)
    for where, value in [("info version", version), *(item for group in edits for item in group.items())]:
        *way, last = [int(key) if key.isdigit() and len(key) == 1 else key for key in where.split(" ")]
        node = contract
        for key in way:
            node = node[key]
        if value is REMOVED:
            del node[last]
        else:
            node[last] = copy.deepcopy(value)
    return json.dumps(contract)


def run(folder: Path, *command: str) -> Done:
    """The output and exit status of a program in a folder."""
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, encoding="utf-8")


def compare(folder: Path, old: str, new: str) -> Done:
    """The output of scripts/diff for two contracts."""
    (folder / "old.yml").write_text(old, "utf-8")
    (folder / "new.yml").write_text(new, "utf-8")
    return run(folder, str(ROOT / "scripts/diff"), "old.yml", "new.yml")


def lines(report: str, *headings: str) -> list[str]:
    """The lines of a report under some headings."""
    parts = (part.split("\n\n") for part in report.split("\n## ")[1:])
    return [line.removeprefix("- ") for heading, text, *_ in parts if heading in headings for line in text.splitlines()]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The report on all breaking changes at once, since each run takes a second."""
    edits = [edits for edits, _ in BREAKING.values()]
    return compare(tmp_path_factory.mktemp("broken"), edited(), edited(*edits))


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The report on all harmless changes at once."""
    edits = [edits for edits, _ in HARMLESS.values()]
    return compare(tmp_path_factory.mktemp("harmless"), edited(), edited(*edits))


@pytest.mark.parametrize("name", BREAKING)
def test_breaking(broken: Done, name: str) -> None:
    """A change that breaks clients is reported as breaking, and fails unless the version changes."""
    assert broken.returncode == 1, broken.stderr
    assert any(line.startswith(BREAKING[name][1]) for line in lines(broken.stdout, "Breaking")), broken.stdout


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless(harmless: Done, name: str) -> None:
    """A change that breaks no client is reported too, and passes."""
    assert harmless.returncode == 0, harmless.stdout + harmless.stderr
    told = lines(harmless.stdout, "Added", "Changed otherwise")
    assert any(line.startswith(HARMLESS[name][1]) for line in told), harmless.stdout


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("0.1.0", "0.1.1", "0.2.0"),
        ("0.1.0", "0.2.0", None),
        ("0.9.0", "1.0.0", None),
        ("1.2.0", "1.3.0", "2.0.0"),
        ("1.2.0", "2.0.0", None),
    ],
)
def test_version(tmp_path: Path, old: str, new: str, wanted: str | None) -> None:
    """A breaking change needs a new major version, or a minor one before 1.0.0, and the report says which."""
    edits, line = BREAKING["token-needed"]
    done = compare(tmp_path, edited(version=old), edited(edits, version=new))
    assert line in done.stdout
    assert done.returncode == (1 if wanted else 0)
    assert wanted is None or f"from {new} to {wanted}" in done.stdout


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with a copy of scripts/diff and this repository's programs, outside any git repository."""
    (tmp_path / "scripts/node").mkdir(parents=True)
    for name in ("scripts/diff", "scripts/contract", "scripts/changes.py", "scripts/node/redocly.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in (".venv", "web", "schemas"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name, command in {"install": ":", "node/run": f"exec '{ROOT}/scripts/node/run' \"$@\""}.items():
        (tmp_path / "scripts" / name).write_text(f"#!/bin/sh\n{command}\n", "utf-8")
        (tmp_path / "scripts" / name).chmod(0o755)
    (tmp_path / "docs/releases").mkdir(parents=True)
    for name in ("openapi.yml", "docs/releases/0.1.0.yml"):
        (tmp_path / name).write_text(edited(), "utf-8")
    (tmp_path / "docs/releases/0.0.9.yml").write_text(edited(version="0.0.9"), "utf-8")
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n### Contract\n- All.\n", "utf-8"
    )
    return tmp_path


@pytest.fixture
def repository(house: Path) -> Path:
    """The same as a git repository with one commit."""
    git = ("git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for command in (["init", "--quiet"], ["add", "openapi.yml"], ["commit", "--quiet", "--message=Release"]):
        done = run(house, *git, *command)
        assert done.returncode == 0, done.stderr
    return house


def test_no_repository(house: Path) -> None:
    """Outside a git repository a revision is refused in one sentence."""
    done = run(house, "scripts/diff", "HEAD")
    assert done.returncode == 2
    assert "There is no file HEAD, and no git revision of this name" in done.stderr


def test_no_release(house: Path) -> None:
    """Before the first release, the revision to compare with must be named."""
    shutil.rmtree(house / "docs")
    done = run(house, "scripts/diff")
    assert (done.returncode, "No release is in docs/releases" in done.stderr) == (2, True)


def test_revisions(repository: Path) -> None:
    """Either side may be a revision; the newer one is the working tree unless it is named."""
    (repository / "openapi.yml").write_text(edited(BREAKING["default"][0]), "utf-8")
    assert run(repository, "scripts/diff", "HEAD").returncode == 1
    done = run(repository, "scripts/diff", "HEAD", "HEAD")
    assert (done.returncode, done.stdout) == (0, "# The contract, 0.1.0 to 0.1.0\n\nNothing changed.\n\n")


@pytest.mark.parametrize("text", ["no contract", "info: {version: one}", "\t{"])
def test_no_contract(house: Path, text: str) -> None:
    """A file that is not a contract is refused in one sentence."""
    (house / "openapi.yml").write_text(text, "utf-8")
    done = run(house, "scripts/diff", "openapi.yml")
    assert done.returncode == 2
    assert "scripts/diff: error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_release(house: Path) -> None:
    """The default is the last release; the changelog lists every change since then, except in prose."""
    (house / "openapi.yml").write_text(edited(HARMLESS["summary"][0]), "utf-8")
    done = run(house, "scripts/diff")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("# The contract, 0.1.0 to 0.1.0\n")

    (house / "openapi.yml").write_text(edited(HARMLESS["larger"][0]), "utf-8")
    done = run(house, "scripts/diff")
    assert done.returncode == 1
    assert "The contract changed since 0.1.0: tell it in CHANGELOG.md" in done.stdout

    changelog = (house / "CHANGELOG.md").read_text("utf-8")
    told = changelog.replace("## Unreleased\n", "## Unreleased\n\n### Contract\n- More results.\n")
    (house / "CHANGELOG.md").write_text(told, "utf-8")
    assert run(house, "scripts/diff").returncode == 0


def test_new_operation(house: Path) -> None:
    """The changelog names each new operation, whatever else it says there."""
    changelog = (house / "CHANGELOG.md").read_text("utf-8")
    told = changelog.replace("## Unreleased\n", "## Unreleased\n\n### Contract\n- More results.\n")
    (house / "CHANGELOG.md").write_text(told, "utf-8")
    new = {"paths /new": {"get": CONTRACT["paths"]["/models"]["get"] | {"operationId": "countModels"}}}
    (house / "openapi.yml").write_text(edited(new), "utf-8")
    done = run(house, "scripts/diff")
    assert done.returncode == 1
    assert "`GET /new`: added" in done.stdout
    assert "`GET /new` is new since 0.1.0: tell it in CHANGELOG.md" in done.stdout
    for name in ("`GET /new`", "countModels"):
        (house / "CHANGELOG.md").write_text(told.replace("More results", f"More results, and {name}"), "utf-8")
        assert run(house, "scripts/diff").returncode == 0


def test_removed_security(tmp_path: Path) -> None:
    """Changes that open operations to more callers stand at the top, one line per operation."""
    closed_edit: dict[str, Any] = {"security": [{"ApiToken": []}]}
    done = compare(tmp_path, edited(closed_edit), edited({"security": []}))
    first, *rest = done.stdout.split("\n## ")[1:]
    assert first.startswith("Open to more callers\n")
    assert "- `POST /predict` security: tokens are no longer checked: it took ApiToken" in first
    assert all("tokens are no longer checked" not in part for part in rest)
    done = compare(tmp_path, edited(closed_edit), edited({"security": [{"ApiToken": []}, {}]}))
    assert "- `POST /predict` security: no token is enough now: it took ApiToken" in done.stdout.split("\n## ")[1]


def test_releases_are_kept() -> None:
    """Each release in the changelog has its contract in docs/releases, and vice versa."""
    told = re.findall(r"(?m)^## (\d+\.\d+\.\d+)\b", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    kept = {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in (ROOT / "docs/releases").iterdir()}
    assert told
    assert sorted(told) == sorted(kept)
    assert all(contract["info"]["version"] == version for version, contract in kept.items())
