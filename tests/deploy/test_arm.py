"""The service can be installed on 64-bit Arm, from wheels alone."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import ROOT

pytestmark = pytest.mark.slow

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]

Done = subprocess.CompletedProcess[str]


def resolve(tools: Path, folder: Path, platform: str, python: str) -> Done:
    """The installation of all pinned dependencies on another platform."""
    flags = ["--dry-run", "--only-binary", ":all:", "--python-platform", platform, "--python-version", python]
    command = [str(tools / "uv"), "pip", "install", *flags, "--python", sys.executable, "--target", str(folder)]
    return subprocess.run(
        [*command, "--constraint", "constraints.txt", "."], cwd=ROOT, check=False, capture_output=True, text=True
    )


@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_has_a_wheel(tools: Path, tmp_path: Path, python: str) -> None:
    """Every pinned version has a wheel for aarch64 with glibc 2.28, which is that of Debian 10, or newer."""
    done = resolve(tools, tmp_path, "aarch64-manylinux_2_28", python)
    assert done.returncode == 0, done.stderr
    assert "ai-edge-litert" in done.stderr


def test_missing_wheels_are_noticed(tools: Path, tmp_path: Path) -> None:
    """A dependency without a wheel for the platform, such as for an older glibc, is found."""
    done = resolve(tools, tmp_path, "aarch64-manylinux_2_17", "3.13")
    assert done.returncode != 0
    assert "ai-edge-litert" in done.stderr


def test_image_has_a_tested_python() -> None:
    """The image's Python is one of the tested ones."""
    version = re.search(r"^FROM python:(3\.\d+)-", DOCKERFILE, re.MULTILINE)
    assert version
    assert version[1] in PYTHONS


def test_image_names_no_architecture() -> None:
    """No line of the Dockerfile is for one kind of processor."""
    assert not re.search(r"x86|amd64|arm|aarch", DOCKERFILE.lower())
