"""Fixtures for every kind of test."""

import base64
import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from detector.serving import folder
from detector.tflite import Runtime
from tests.support.server import ROOT, Server, Start
from tests.support.shared_contract import SharedContract
from tests.support.shared_trial import SharedTrial

# No test depends on how busy the machine is; scripts/test quick asks for the second profile.
settings.register_profile("whole", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=25)
settings.load_profile("whole")

ASSETS = (
    *("models", "models.json", "labels", "unserved", "not-detectors"),
    *("backbones", "coco", "cones", "formats", "hostile"),
)


def pytest_collection_finish() -> None:
    """Spares the garbage collector the modules and tests, a third of a million objects that stay to the end."""
    gc.freeze()


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder with public test data, see tests/ASSETS.md; by default it is beside the repository."""
    folder = Path(os.environ.get("SPECSIGHT_ASSETS") or ROOT.parent / "shared" / "assets")
    if missing := [name for name in ASSETS if not (folder / name).exists()]:
        pytest.skip(
            f"the public test data is not at {folder}, which lacks {', '.join(missing)}: "
            "tests/ASSETS.md says where to get it; set SPECSIGHT_ASSETS to its folder"
        )
    return folder


@pytest.fixture(scope="session")
def bundled() -> Path:
    """The folder with the bundled model."""
    return ROOT / "models"


@pytest.fixture
def copied(bundled: Path, tmp_path: Path) -> Path:
    """A copy of the bundled model, with its labels and its sidecar, for tests that damage it."""
    for file in bundled.glob("safetycone.*"):
        shutil.copy(file, tmp_path)
    return tmp_path / "safetycone.tflite"


@pytest.fixture(scope="session")
def two_models(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundled model under two names, which labels cones in English and in German."""
    folder = tmp_path_factory.mktemp("two")
    for name, label in {"english": "cone", "german": "Leitkegel"}.items():
        shutil.copy(bundled / "safetycone.tflite", folder / f"{name}.tflite")
        shutil.copy(bundled / "safetycone.yml", folder / f"{name}.yml")
        (folder / f"{name}.txt").write_text(label, "utf-8")
    return folder


@pytest.fixture(scope="session")
def photo(bundled: Path) -> bytes:
    """The contract's example photo: a road with four cones, 480 x 320 pixels."""
    return (bundled / "example.jpg").read_bytes()


@pytest.fixture(scope="session")
def photo_base64(photo: bytes) -> str:
    """The example photo as base64."""
    return base64.b64encode(photo).decode()


@pytest.fixture(scope="session")
def trials() -> Iterator[dict[tuple[str, int], SharedTrial]]:
    """The trials of this process, by runtime and threads."""
    trials: dict[tuple[str, int], SharedTrial] = {}
    yield trials
    for trial in trials.values():
        trial.close()


@pytest.fixture(scope="module")
def shared_trials(trials: dict[tuple[str, int], SharedTrial]) -> Iterator[None]:
    """Has all folders of models that are read in this process share its trials."""

    def trial(runtime: Runtime) -> SharedTrial:
        return trials.setdefault((runtime.name, runtime.threads), SharedTrial(runtime))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "Trial", trial)
        patch.setattr(folder, "closing", nullcontext)
        yield


@pytest.fixture(scope="module")
def shared_contract() -> Iterator[None]:
    """Has all services that are made in this process share the contract."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.Contract", SharedContract)
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service with all defaults but its port."""
    server = Server(tmp_path_factory.mktemp("server") / "log").wait_until_ready()
    yield server
    assert server.stop() == 0, server.log


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A function that starts a service with other settings; it is stopped after the test."""
    servers: list[Server] = []

    def start(**arguments: Any) -> Server:
        servers.append(Server(tmp_path / f"log-{len(servers)}", **arguments))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
