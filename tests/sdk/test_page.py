"""The requests that the page shows for copying run with the generated clients as they are shown."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import requests

from tests.support.programs import NEEDS, NODE, TOKEN, Generate, run
from tests.support.server import PATIENCE, ROOT, Server
from tests.support.tools import needs

pytestmark = needs((ROOT / ".venv" / "installed-contract").is_file(), "the generators: scripts/install contract")

PHOTO = ROOT / "models" / "example.jpg"
VALUES: Mapping[str, object] = {
    "types": ["pylon"],
    "thresholds": ["pylon:0.7"],
    "nms": "agnostic",
    "maxResults": 5,
    "max_height": 0.9,
    "tiles": "2x1",
    "zones": [
        {
            "name": "all",
            "points": [{"x": 0, "y": 0}, {"x": 1, "y": 0}, {"x": 1, "y": 1}, {"x": 0, "y": 1}],
            "inside": "whole",
        }
    ],
    "units": "pixel",
    "explain": True,
}
GO = """package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	specsight "specsight.example/specsight/client"
)

func main() {{
{code}
}}
"""


def shown(server: Server, language: str) -> str:
    """The request for some options, as the page of a service with a token shows it."""
    asked = {
        "url": f"{server.url}/predict/upload",
        "base": server.url,
        "path": "predict/upload",
        "file": {"field": "file", "name": PHOTO.name},
        "values": VALUES,
        "hasToken": True,
    }
    module = (ROOT / "page/snippets.js").read_text("utf-8")
    script = f"{module}\nconsole.log(snippets({json.dumps(asked)})[{json.dumps(language)}]);"
    command = ["node", "--input-type=module", "-"]
    return subprocess.run(command, input=script, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


def python(folder: Path, code: str) -> str:
    """The output of a program with the Python client."""
    program = folder / "page.py"
    program.write_text(code, "utf-8")
    run(sys.executable, "-m", "mypy", "--strict", program, cwd=folder, MYPYPATH=str(folder / "client"))
    return run(sys.executable, program, cwd=folder, TOKEN=TOKEN, PYTHONPATH=str(folder / "client"))


def typescript(folder: Path, code: str) -> str:
    """The output of a program with the TypeScript client."""
    program = folder / "page.ts"
    program.write_text(code, "utf-8")
    (folder / "package.json").write_text('{"type": "module"}')
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(NODE / "node_modules")
    flags = ["--strict", "--noEmit", "--target", "es2022", "--types", "node", "--module", "esnext"]
    run(NODE / "run", "tsc", *flags, "--moduleResolution", "bundler", program, cwd=folder)
    return run(NODE / "run", "jiti", program, cwd=folder, TOKEN=TOKEN)


def go(folder: Path, code: str) -> str:
    """The output of a program with the Go client, around what is shown."""
    program = folder / "page" / "main.go"
    program.parent.mkdir(exist_ok=True)
    program.write_text(GO.format(code=code), "utf-8")
    module = "specsight.example/specsight/client"
    (folder / "go.mod").write_text(
        f"module programs\n\ngo 1.18\n\nreplace {module} => ./client\n\nrequire {module} v0.0.0\n"
    )
    return run("go", "run", "./page", cwd=folder, TOKEN=TOKEN)


def fields() -> list[tuple[str, object]]:
    """The options as the fields of a form: a list is repeated, and objects are JSON."""
    pairs = [(key, each) for key, value in VALUES.items() for each in (value if isinstance(value, list) else [value])]
    return [(key, json.dumps(value) if isinstance(value, dict) else value) for key, value in pairs]


PROGRAMS: Mapping[str, tuple[str, Callable[[Path, str], str]]] = {
    "Python client": ("python", python),
    "TypeScript": ("typescript", typescript),
    "Go": ("go", go),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_runs(generate: Generate, guarded: Server, tmp_path: Path, name: str) -> None:
    """A request that is shown compiles at the language's strictest, and finds what plain HTTP finds."""
    language, call = PROGRAMS[name]
    if not NEEDS[language]:
        pytest.skip(f"needs what .ci/run installs for {language}")
    shutil.copytree(generate(language) / "client", tmp_path / "client")
    shutil.copy(PHOTO, tmp_path)
    output = call(tmp_path, shown(guarded, name))
    found = requests.post(
        f"{guarded.url}/predict/upload",
        files={"file": PHOTO.read_bytes()},
        data=fields(),
        headers={"X-Api-Token": TOKEN},
        timeout=PATIENCE,
    ).json()["normalizedVertices"]
    assert output.count("pylon") == len(found) == 3
