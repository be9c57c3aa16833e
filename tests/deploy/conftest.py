"""Fixtures for tests of deploy/: the programs that check it, and its manifests as kubectl renders them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.server import ROOT
from tests.support.tools import CI, script

OVERLAYS = ROOT / "deploy" / "kubernetes" / "overlays"


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder of the programs that scripts/deploy-tools installs."""
    found = script("deploy-tools", *([] if CI else ["check"]))
    if not CI and found.returncode != 0:
        pytest.skip("needs the programs that scripts/deploy-tools installs")
    return Path(found.stdout.strip())


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file per overlay with all its manifests."""
    kubectl = shutil.which("kubectl")
    if not CI and not kubectl:
        pytest.skip("needs kubectl")
    folder = tmp_path_factory.mktemp("rendered")
    files = {overlay.name: folder / f"{overlay.name}.yml" for overlay in OVERLAYS.iterdir()}
    for name, file in files.items():
        done = subprocess.run(["kubectl", "kustomize", OVERLAYS / name], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert not done.stderr, "kubectl warns of what it will no longer take"
        file.write_text(done.stdout, "utf-8")
    return files
