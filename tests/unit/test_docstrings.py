"""Docstrings of the product and the tests begin with a verb or a noun."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "schemas"  # its docstrings are the contract's descriptions
PLACES = ("*.py", "[!.]*/**/*.py")
QUESTIONS = {"What", "Whether", "Where", "How", "Who", "Which", "When", "Why"}


def docstrings() -> Iterator[tuple[str, str]]:
    """Every docstring of the repository's own code, with its place."""
    for path in sorted({path for pattern in PLACES for path in ROOT.glob(pattern)}):
        if GENERATED in path.parents or {"build", "node_modules"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node) or ""
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}", text


def test_docstrings_do_not_begin_like_questions() -> None:
    """No docstring begins with a question word: it says what its object is or does."""
    found = dict(docstrings())
    assert len(found) > 1000
    assert [place for place, text in found.items() if text.partition(" ")[0] in QUESTIONS] == []
