"""The commands in README and docs/requests.md, run."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import ROOT, Server

PAGES = "\n".join((ROOT / page).read_text("utf-8") for page in ("README.md", "docs/requests.md"))
BLOCKS = {
    language: [text for kind, text in re.findall(r"```(\w+)\n(.*?)```", PAGES, re.DOTALL) if kind == language]
    for language in ("sh", "python", "json")
}
CURLS = [block for block in BLOCKS["sh"] if "curl" in block]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to run them in, with the repository's models."""
    (tmp_path / "models").symlink_to(ROOT / "models")
    return tmp_path


def typed(program: list[str], text: str, server: Server, folder: Path) -> str:
    """The output of a program for a block of these pages, with this server in place of the usual one."""
    text = text.replace("http://127.0.0.1:5000", server.url)
    done = subprocess.run(program, input=text, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("block", CURLS, ids=range(len(CURLS)))
def test_curl(block: str, server: Server, folder: Path) -> None:
    """Every response to a curl line has the photo's four cones."""
    printed = typed(["bash", "-eu"], block.replace("curl ", "curl --silent --show-error --fail "), server, folder)
    answers = [json.loads(answer) for answer in printed.replace("}{", "}\n{").splitlines()]
    found = [answer.get("responses", [answer])[0]["normalizedVertices"] for answer in answers]
    assert found
    assert all(each["name"] == "safetycone" for objects in found for each in objects)
    assert all(objects for objects in found)


@pytest.mark.parametrize("block", [block for block in BLOCKS["python"] if "requests" in block])
def test_python(block: str, server: Server, folder: Path) -> None:
    """The client in Python finds a cone."""
    assert "'name': 'safetycone'" in typed([sys.executable], block, server, folder)


def test_shows_an_answer(server: Server, folder: Path) -> None:
    """The README's response has the fields of a real one."""
    [shown] = map(json.loads, BLOCKS["json"])
    real = json.loads(
        typed(
            ["bash"],
            "curl --silent --form file=@models/example.jpg http://127.0.0.1:5000/predict/upload",
            server,
            folder,
        )
    )
    assert shown.keys() == real.keys()
    assert shown["normalizedVertices"][0].keys() == real["normalizedVertices"][0].keys()
