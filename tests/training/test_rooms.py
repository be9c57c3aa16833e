"""The rooms of training/: each imports only those below it, through their faces."""

import ast
from pathlib import Path

import training

ROOT = Path(training.__file__).parent
ROOMS = {
    "scenes": set(),
    "data": set(),
    "network": set(),
    "measuring": {"scenes", "data", "network"},
    "learning": {"data", "network", "measuring"},
    "commands": {"scenes", "data", "network", "measuring", "learning"},
}


def imported(file: Path) -> set[str]:
    """Modules of training/ that a file imports, at its top or in its functions."""
    names = {node.module for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)}
    return {name for name in names if name and name.startswith("training.")}


def test_every_folder_is_a_known_room() -> None:
    """Every room has a rule for its imports."""
    assert {file.parent.name for file in ROOT.glob("*/*.py")} == set(ROOMS)


def test_rooms_import_only_lower_rooms_through_their_faces() -> None:
    """Files of a room import each other; from another room, only its face."""
    for room, lower in ROOMS.items():
        allowed = {"training.files", *(f"training.{name}" for name in lower)}
        for file in (ROOT / room).glob("*.py"):
            others = {name for name in imported(file) if not f"{name}.".startswith(f"training.{room}.")}
            assert others <= allowed, file
