"""The order of the house: who may import whom, and by which door."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

# The rooms of detector/, each with the rooms that it may import; all may import detector.errors.
ROOMS = {
    "boxes": set(),
    "images": set(),
    "tflite": set(),
    "files": {"tflite", "images"},
    "families": {"files", "tflite", "images", "boxes"},
    "drawing": {"boxes"},
    "rewriting": {"families", "files", "tflite"},
    "serving": {"rewriting", "families", "files", "tflite", "images", "boxes"},
}
# The rooms of training/, likewise; all may import training.files, and the faces of detector/ and of its rooms.
TRAINING_ROOMS = {
    "scenes": set(),
    "data": set(),
    "network": set(),
    "measuring": {"data", "network", "scenes"},
    "learning": {"data", "network", "measuring"},
    "commands": {"learning", "measuring", "data", "network", "scenes"},
}
# The floors of web/: packages and modules, each of which imports only those on floors above it in this list.
WEB_FLOORS = (
    {"admission", "forwarded", "headers", "jsonschema", "lifespan", "record"},
    {"contract", "scope", "tokens"},
    {"page_options", "probe", "problems"},
    {"gate", "logs", "mocking", "pages", "validation"},
    {"metrics", "routes", "server"},
    {"adapter", "layers"},
    {"fetching"},
    {"assembly"},
)
DETECTOR_FACES = {"detector", *(f"detector.{room}" for room in ROOMS)}
# The top-level modules, each with the others that it may import.
TOP = {
    "process": set(),
    "schemas": set(),
    "detector": set(),
    "settings": {"detector", "process"},
    "web": {"schemas"},
    "handlers": {"web", "schemas", "detector"},
    "app": {"handlers", "web", "detector", "settings", "process"},
    "offline": {"app", "handlers", "web", "schemas", "detector", "settings", "process"},
    "serve": {"web", "settings", "process"},
    "training": {"detector"},
    "benchmarks": {"offline", "app", "handlers", "web", "schemas", "detector", "settings", "process", "training"},
}
SEE_ROOMS = {"training", "benchmarks"}  # these may import the faces of the detector's rooms


def imports(file: Path) -> Iterator[str]:
    """The dotted names of all modules that a file imports, at any depth."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def imported_files(file: Path) -> Iterator[Path]:
    """The files of ours that a file imports, at any depth, without the faces that it only passes through."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            face = ROOT.joinpath(*node.module.split("."))
            modules = [face / name.name for name in node.names]
            found = [module if module.with_suffix(".py").exists() else face for module in modules]
        elif isinstance(node, ast.Import):
            found = [ROOT.joinpath(*name.name.split(".")) for name in node.names]
        else:
            continue
        for module in found:
            yield from filter(Path.exists, (module.with_suffix(".py"), module / "__init__.py"))


def files(name: str) -> list[Path]:
    """The files of a package or a module."""
    return sorted((ROOT / name).rglob("*.py")) or [(ROOT / name).with_suffix(".py")]


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_lower_rooms_by_their_faces(room: str) -> None:
    """A room imports itself, the faces of lower rooms and the errors, and nothing else of ours."""
    allowed = {f"detector.{lower}" for lower in ROOMS[room]} | {"detector.errors"}
    for file in files(f"detector/{room}"):
        for module in imports(file):
            top, *inside = module.split(".")
            if top in TOP and inside[:1] != [room]:
                assert module in allowed, f"{file.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("name", TOP)
def test_imports_point_one_way(name: str) -> None:
    """Top-level modules import only what they may, and of the detector only faces; see SEE_ROOMS."""
    for file in files(name):
        for module in imports(file):
            top = module.split(".")[0]
            if top in TOP and top != name:
                assert top in TOP[name], f"{file.relative_to(ROOT)} imports {module}"
                faces = DETECTOR_FACES if name in SEE_ROOMS else {"detector"}
                assert top != "detector" or module in faces, f"{file.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("room", TRAINING_ROOMS)
def test_training_rooms_import_lower_rooms_by_their_faces(room: str) -> None:
    """A room of training/ imports itself, the faces of lower rooms and training.files, and no other part of it."""
    allowed = {f"training.{lower}" for lower in TRAINING_ROOMS[room]} | {"training.files"}
    for file in files(f"training/{room}"):
        for module in imports(file):
            top, *inside = module.split(".")
            if top == "training" and inside[:1] != [room]:
                assert module in allowed, f"{file.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize(("house", "rooms"), [("detector", ROOMS), ("training", TRAINING_ROOMS)])
def test_every_folder_is_a_known_room(house: str, rooms: dict[str, set[str]]) -> None:
    """Every room has a rule for its imports."""
    assert {file.parent.name for file in (ROOT / house).glob("*/*.py")} == set(rooms)


def test_web_imports_lower_floors() -> None:
    """Each package and module of web/ imports only those on lower floors."""
    below: set[str] = set()
    for floor in WEB_FLOORS:
        for room in floor:
            for file in files(f"web/{room}"):
                for imported in imported_files(file):
                    if imported.is_relative_to(ROOT / "web"):
                        lower = imported.relative_to(ROOT / "web").parts[0].removesuffix(".py")
                        assert lower in below | {room}, f"{file.relative_to(ROOT)} imports {lower}"
        below |= floor
    assert below == {module.name for module in pkgutil.iter_modules([str(ROOT / "web")])}


@pytest.mark.parametrize("name", TOP)
def test_no_files_import_each_other_in_a_circle(name: str) -> None:
    """The files of a top-level module can be put in an order in which each imports only earlier ones."""
    graph = {file: set(imported_files(file)) for file in files(name)}
    tuple(TopologicalSorter(graph).static_order())  # a CycleError names the circle


def test_the_detector_knows_no_operations() -> None:
    """The detector's texts name no operation of the service: it serves the command line, too."""
    for file in files("detector"):
        assert not re.search(r"\b(GET|POST) /", file.read_text("utf-8")), file.relative_to(ROOT)


@pytest.mark.parametrize("room", ["detector", *(f"detector.{room}" for room in ROOMS)])
def test_faces_say_what_they_export(room: str) -> None:
    """A room has a description, and its face's imports of ours are its exports."""
    face = importlib.import_module(room)
    tree = ast.parse(Path(str(face.__file__)).read_text("utf-8"))
    ours = [node for node in tree.body if isinstance(node, ast.ImportFrom) and str(node.module).startswith("detector")]
    assert face.__doc__
    assert sorted(face.__all__) == sorted(name.asname or name.name for node in ours for name in node.names)


def test_handlers_are_introduced() -> None:
    """The description of handlers/ names each of its modules, and first those with operations: the contract's tags."""
    face = str(importlib.import_module("handlers").__doc__)
    contract = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))
    named = re.findall(r"\b(\w+)\.py", face)
    tags = {tag for path in contract["paths"].values() for way in path.values() for tag in way.get("tags", ())}
    assert sorted(named) == sorted(file.stem for file in files("handlers") if file.stem != "__init__")
    assert set(named[: len(tags)]) == tags
