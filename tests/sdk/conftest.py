"""Clients in every language, programs that use them, and services to call."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.programs import BUILDS, NEEDS, SUFFIXES, TOKEN, Command, Generate, Programs
from tests.support.server import ROOT, Server
from tests.support.tools import CI, script


@pytest.fixture(scope="session")
def renamed(tmp_path_factory: pytest.TempPathFactory, bundled: Path) -> Path:
    """A folder with the bundled model under another name and with the label pylon."""
    folder = tmp_path_factory.mktemp("renamed")
    for suffix in (".tflite", ".yml"):
        shutil.copy(bundled / f"safetycone{suffix}", folder / f"road{suffix}")
    (folder / "road.txt").write_text("pylon\n", "utf-8")
    return folder


@pytest.fixture(scope="session")
def unguarded(tmp_path_factory: pytest.TempPathFactory, renamed: Path) -> Iterator[Server]:
    """A service of that model without tokens."""
    log = tmp_path_factory.mktemp("unguarded") / "log"
    server = Server(log, DETECTOR_MODELS=str(renamed)).wait_until_ready()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory, renamed: Path) -> Iterator[Server]:
    """A service of that model with a token."""
    log = tmp_path_factory.mktemp("guarded") / "log"
    server = Server(log, DETECTOR_MODELS=str(renamed), DETECTOR_TOKENS=TOKEN).wait_until_ready()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def services(unguarded: Server, guarded: Server) -> dict[str, Server]:
    """Both, by the token that they require."""
    return {"": unguarded, TOKEN: guarded}


@pytest.fixture(scope="session")
def public(tmp_path_factory: pytest.TempPathFactory, assets: Path) -> Iterator[Server]:
    """A service of a public model."""
    folder = tmp_path_factory.mktemp("public")
    shutil.copy(assets / "models" / "ssd_mobilenet_v1_coco.tflite", folder / "coco.tflite")
    shutil.copy(assets / "labels" / "coco_90_with_placeholder.txt", folder / "coco.txt")
    server = Server(folder / "log", DETECTOR_MODELS=str(folder)).wait_until_ready()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def generate(tmp_path_factory: pytest.TempPathFactory) -> Generate:
    """A function that generates a client into a folder named `client`, and returns the folder around it."""
    folders: dict[str, Path] = {}

    def generate(language: str) -> Path:
        if language not in folders:
            folder = tmp_path_factory.mktemp(language)
            done = script("sdk", language, folder / "client")
            assert done.returncode == 0, done.stdout + done.stderr
            assert "warn" not in done.stdout.lower()
            folders[language] = folder
        return folders[language]

    return generate


@pytest.fixture(scope="session")
def programs(generate: Generate) -> Programs:
    """A function that builds a language's programs and returns their commands."""
    built: dict[str, Mapping[str, Command]] = {}

    def build(language: str) -> Mapping[str, Command]:
        if not NEEDS[language] and not CI:
            pytest.skip(f"needs what .ci/run installs for {language}")
        if language not in built:
            folder, suffix = generate(language), SUFFIXES[language]
            sources = []
            for place in (ROOT / "tests/sdk/programs", ROOT / "docs/clients"):
                [source] = place.glob(f"*{suffix}")
                sources.append(folder / source.name)
                shutil.copy(source, sources[-1])
            built[language] = BUILDS[language](folder, sources)
        return built[language]

    return build
