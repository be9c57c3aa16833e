"""docs/your-own.md, followed on a clone: the service becomes a classifier."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.support.made_networks import CODES, SIDE, Network
from tests.support.server import ROOT, Server, Start
from tests.support.tools import needs, needs_node_tools

pytestmark = [pytest.mark.slow, needs((ROOT / ".git").exists(), "a git repository"), needs_node_tools]

PAGE = (ROOT / "docs/your-own.md").read_text("utf-8")
BLOCKS = [SimpleNamespace(kind=kind, text=text) for kind, text in re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)]
SHELL = [block.text for block in BLOCKS if block.kind == "sh"]
PREPARATION = [text for text in SHELL if not text.startswith(("scripts/", "curl"))]
CURLS = [text for text in SHELL if "curl" in text]
COLOURS = {"red": (0, 0, 255), "green": (0, 255, 0), "blue": (255, 0, 0)}  # as OpenCV has them


def colour_classifier() -> bytes:
    """A model whose scores are a photo's shares of red, green and blue."""
    network = Network()
    quantisation = network._graph.tensors[network.input].quantization
    quantisation.scale, quantisation.zeroPoint = [1 / 255], [0]
    options = schema.Pool2DOptionsT()
    options.padding = schema.Padding.VALID
    options.strideW = options.strideH = options.filterWidth = options.filterHeight = SIDE
    mean = network.like(network.input, (1, 1, 1, 3))
    network.operation(CODES.AVERAGE_POOL_2D, [network.input], mean, options)
    return network.content(network.reshaped(mean, 1, 3))


def run(folder: Path, *command: str | Path) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def share_environment(folder: Path) -> None:
    """Gives a clone this repository's virtual environment and tools; its scripts find them installed."""
    (folder / ".venv").mkdir()
    for file in (ROOT / ".venv").resolve().iterdir():
        if not file.name.startswith("installed"):
            (folder / ".venv" / file.name).symlink_to(file)
    (folder / "scripts/node/node_modules").symlink_to((ROOT / "scripts/node/node_modules").resolve())
    stamp = run(folder, "sh", "-c", "cat pyproject.toml constraints.txt | cksum")
    for name in ("installed", "installed-test", "installed-contract"):
        (folder / ".venv" / name).write_text(stamp)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone, made into a classifier."""
    folder = tmp_path_factory.mktemp("own") / "mine"
    run(ROOT, "git", "clone", "--quiet", ROOT, folder)
    for block in PREPARATION:
        run(folder, "bash", "-euc", block)
    (folder / "models/colours.tflite").write_bytes(colour_classifier())
    (folder / "models/colours.txt").write_text("\n".join(COLOURS), "utf-8")
    share_environment(folder)
    run(folder, "scripts/generate")
    return folder


def asked(server: Server, line: str) -> str:
    """The response to a curl line of the page from a server."""
    return run(ROOT, "bash", "-euc", line.replace("http://127.0.0.1:5000", server.url).replace("curl ", "curl -sSf "))


def test_classifies(own: Path, start: Start, tmp_path: Path) -> None:
    """The new service answers photos with labels, and validates them by its own contract."""
    server = start(folder=own).wait_until_ready()
    for name, bgr in COLOURS.items():
        photo = tmp_path / f"{name}.png"
        assert cv2.imwrite(str(photo), np.full((50, 70, 3), bgr, np.uint8))
        answer = json.loads(asked(server, CURLS[0].replace("models/example.jpg", str(photo))))
        assert answer["labels"][0] == {"name": name, "score": pytest.approx(1, abs=0.01)}
    assert "Labels photos" in run(ROOT, "curl", "-sSf", f"{server.url}/openapi.yml")
    assert "swagger-ui" in run(ROOT, "curl", "-sSfL", f"{server.url}/")


def test_a_line_becomes_an_answer(own: Path, start: Start, tmp_path: Path) -> None:
    """A new operation of the contract is answered by its new function."""
    folder = tmp_path / "mine"
    shutil.copytree(own, folder, symlinks=True)
    [operation] = [block.text for block in BLOCKS if block.kind == "yaml"]
    [function] = [block.text for block in BLOCKS if block.kind == "python"]
    contract, handlers = folder / "openapi.yml", folder / "handlers/classification.py"
    contract.write_text(contract.read_text("utf-8").replace("\npaths:\n", f"\npaths:\n{operation}\n", 1), "utf-8")
    handlers.write_text(handlers.read_text("utf-8") + function, "utf-8")
    run(folder, "scripts/generate")
    server = start(folder=folder).wait_until_ready()
    assert json.loads(asked(server, CURLS[1])) == list(COLOURS)
    run(folder, "scripts/lint")


def test_checks_pass(own: Path) -> None:
    """The checks and the remaining tests pass."""
    run(own, "scripts/check")
    run(
        own,
        ".venv/bin/python",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/test_classify.py",
        "tests/unit/web/routes",
    )


def test_nothing_of_the_old_service_is_kept(own: Path) -> None:
    """The rest does not mention cones, detection, or the old settings."""
    kept = [file for folder in ("web", "scripts", "classifier/images") for file in (own / folder).rglob("*")]
    kept += [own / name for name in ("app.py", "settings.py", "gunicorn.conf.py", "serve.py", "process.py")]
    texts = {
        file: file.read_text("utf-8")
        for file in kept
        if file.is_file() and "node_modules" not in file.parts and "__pycache__" not in file.parts
    }
    assert len(texts) > 100
    found = [
        (file.name, match[0])
        for file, text in texts.items()
        for match in re.finditer(r"(?i)detect|\bcones?\b|safetycone|explanation", text)
    ]
    assert found == []
