"""The container image holds all that the service needs, and checks the service's own health."""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import PATIENCE, ROOT, Server, Start

DOCKERFILE = re.sub(r"\\\n", "", (ROOT / "Dockerfile").read_text("utf-8"))
BASES = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
FINAL = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def command(instruction: str) -> list[str]:
    """The JSON array at the end of an instruction of the final stage."""
    found = re.search(rf"^{instruction} .*?(\[.*\])$", FINAL, re.MULTILINE)
    assert found, f"{instruction} is not in its exec form"
    words: list[str] = json.loads(found[1])
    return words


def sent_to_the_builder() -> list[str]:
    """The tracked files that .dockerignore passes on."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    everything, *rules = [
        line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")
    ]
    assert everything == "*"
    wanted = [rule[1:] for rule in rules if rule.startswith("!")]
    return [
        path
        for path in tracked.splitlines()
        if any(fnmatch.fnmatch(path, rule) or path.startswith(f"{rule}/") for rule in wanted)
    ]


def test_bases_are_pinned() -> None:
    """Every stage starts from the same pinned Python and Debian."""
    assert len(set(BASES)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", BASES[0])


def test_runs_without_root() -> None:
    """The user is a number, so that an orchestrator can verify that it is not root."""
    users = re.findall(r"^USER (\d+):(\d+)$", FINAL, re.MULTILINE)
    assert len(users) == 1
    assert "0" not in users[0]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="the image's command is for Linux")
def test_image_is_complete(start: Start, tmp_path: Path) -> None:
    """The files that reach the image are enough to serve, with the image's own command."""
    for path in sent_to_the_builder():
        (tmp_path / "app" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / "app" / path)
    program, *arguments = command("CMD")
    assert program == "python"
    server = start(folder=tmp_path / "app", program=Path(sys.executable), arguments=arguments).wait_until_ready()
    assert server.stop() == 0


@pytest.mark.parametrize("well", [True, False])
def test_healthcheck(server: Server, start: Start, well: bool) -> None:
    """It succeeds only if the service is ready on PORT."""
    asked = server if well else start()
    if not well:
        asked.stop()
    _, *arguments = command("HEALTHCHECK")
    environment = os.environ | {"PORT": asked.url.rpartition(":")[2]}
    check = subprocess.run(
        [sys.executable, *arguments], env=environment, timeout=PATIENCE, check=False, capture_output=True
    )
    assert (check.returncode == 0) == well


def test_requirements_have_hashes(tmp_path: Path) -> None:
    """The image's packages are complete, have the tested versions, and are checked by hashes."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").replace("\\\n", "").splitlines()
    pinned = {line.partition(" --hash")[0].strip() for line in lines}
    assert pinned <= set((ROOT / "constraints.txt").read_text("utf-8").splitlines())
    assert all("--hash=sha256:" in line for line in lines)
    assert "--require-hashes" in DOCKERFILE
    dry = ["install", "--dry-run", "--ignore-installed", "--quiet", "--disable-pip-version-check"]
    installed = [*dry, "--require-hashes", "--no-deps", "--requirement", "requirements.txt"]
    subprocess.run([sys.executable, "-m", "pip", *installed, "--report", tmp_path / "hashed"], cwd=ROOT, check=True)
    needed = [*dry, "--constraint", "constraints.txt", "."]
    subprocess.run([sys.executable, "-m", "pip", *needed, "--report", tmp_path / "needed"], cwd=ROOT, check=True)
    assert names(tmp_path / "hashed") == names(tmp_path / "needed") - {"specsight"}


def names(report: Path) -> set[str]:
    """The packages that pip would install."""
    return {package["metadata"]["name"].lower() for package in json.loads(report.read_text("utf-8"))["install"]}
