"""The files that scripts/sdk writes, and those that it leaves alone."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.programs import Generate
from tests.support.server import ROOT
from tests.support.tools import needs, script

pytestmark = needs((ROOT / ".venv" / "installed-contract").is_file(), "the generators: scripts/install contract")

LANGUAGES = ["python", "typescript", "java", "go", "csharp", "kotlin", "rust"]
JUNK = r"git_push|\.travis|appveyor|build\.sbt|gradlew|\.openapi-generator|\.ruff_cache|\.gitignore|/tests?/"
FOREIGN = r"GIT_USER_ID|openapitools\.(com|org)|OpenAPI-Generator Contributors|OpenAPI Generator team|Unlicense"


def texts(folder: Path) -> dict[str, str]:
    """The files of a client."""
    return {
        f"/{file.relative_to(folder)}": file.read_text("utf-8", errors="ignore")
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_names(generate: Generate, language: str) -> None:
    """Methods and models have the contract's names, without numbers, and nothing but the client is generated."""
    files = texts(generate(language) / "client")
    text = "\n".join(files.values())
    assert re.search(r"\bpredict_?upload", text, re.IGNORECASE)
    assert re.search(r"\b(class|type|struct|record) Detections\b", text)
    assert not [
        name for name in files if re.search(r"inline|anyof|oneof", name, re.IGNORECASE) or re.search(JUNK, name)
    ]
    assert not re.search(r"\b(class|type|struct|enum) [A-Z][A-Za-z]+\d\b", text.replace("Base64", ""))
    assert not re.search("googlevision|deepstack|doods", text, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_metadata(generate: Generate, language: str) -> None:
    """A client has the contract's version; the generator's makers are not its authors, and the photo is not in it."""
    files = texts(generate(language) / "client")
    text = "\n".join(files.values())
    assert not re.search(FOREIGN, text)
    assert "/9j/4AAQ" not in text
    manifests = [
        name
        for name in files
        if re.search(r"/(setup\.py|pom\.xml|Cargo\.toml|package\.json|build\.gradle)$|csproj", name)
    ]
    assert language == "go" or manifests
    assert all("0.2.0" in files[name] for name in manifests)


def test_oldest_python(generate: Generate) -> None:
    """The client in Python requires the oldest Python that its code needs."""
    client = generate("python") / "client"
    assert 'python_requires=">=3.10, <4"' in (client / "setup.py").read_text("utf-8")
    for file in client.rglob("*.py"):
        ast.parse(file.read_text("utf-8"), feature_version=(3, 10))
        assert not re.search(r"^from typing import .*\bSelf\b", file.read_text("utf-8"), re.MULTILINE)


def test_compatibility(tmp_path: Path) -> None:
    """The operations for other services' clients are generated on request."""
    assert script("sdk", "typescript", tmp_path / "client", "--compatibility").returncode == 0
    assert "detectLikeDeepStack" in (tmp_path / "client/index.ts").read_text("utf-8")


def test_leaves_a_folder_alone(tmp_path: Path) -> None:
    """A folder with something else, or with a client in another language, is refused and unchanged."""
    (tmp_path / "notes.txt").write_text("mine")
    done = script("sdk", "typescript", tmp_path)
    assert done.returncode != 0
    assert "name another folder" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_replaces_its_own_files(tmp_path: Path) -> None:
    """A client generated again has no stale file; files of others beside it stay, and are never overwritten."""
    client = tmp_path / "client"
    assert script("sdk", "typescript", client).returncode == 0
    listed = (client / ".specsight-client").read_text("utf-8")
    (client / "stale").mkdir()
    (client / "stale/old.gen.ts").write_text("stale")
    (client / ".specsight-client").write_text(f"{listed}stale/old.gen.ts\n", "utf-8")
    (client / "notes.txt").write_text("mine")
    assert script("sdk", "typescript", client).returncode == 0
    assert not (client / "stale").exists()
    assert (client / "notes.txt").read_text() == "mine"
    assert (client / ".specsight-client").read_text("utf-8") == listed

    (client / ".specsight-client").write_text(listed.replace("\nindex.ts", ""), "utf-8")
    (client / "index.ts").write_text("mine")
    done = script("sdk", "typescript", client)
    assert (done.returncode != 0, (client / "index.ts").read_text()) == (True, "mine")

    done = script("sdk", "go", client)
    assert done.returncode != 0
    assert "holds the client in typescript" in done.stderr


def test_asks_for_a_language(tmp_path: Path) -> None:
    """Without a language, or with an unknown one, the script lists the known ones."""
    for arguments in ([], ["cobol", tmp_path / "client"], ["--help"]):
        done = script("sdk", *arguments)
        assert (done.returncode, "LANGUAGE is python" in done.stderr) == (2, True)
