"""Docstrings of the product and the tests begin with a verb or a noun."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "schemas"  # its docstrings are the contract's descriptions
PLACES = ("*.py", "[!.]*/**/*.py")
QUESTIONS = {"What", "Whether", "Where", "How", "Who", "Which", "When", "Why"}
# Without verbs that are nouns or adjectives, too, such as Load, Label and Open.
# fmt: off
IMPERATIVES = {
    "Add", "Apply", "Ask", "Begin", "Build", "Call", "Check", "Close", "Compile", "Compute", "Convert", "Count",
    "Create", "Decode", "Draw", "Encode", "End", "Ensure", "Fetch", "Find", "Get", "Give", "Have", "Keep", "Make",
    "Move", "Note", "Parse", "Prepare", "Print", "Raise", "Read", "Receive", "Refuse", "Remove", "Replace", "Return",
    "Run", "Save", "Say", "Send", "Serve", "Set", "Start", "Stop", "Store", "Take", "Tell", "Try", "Turn", "Update",
    "Use", "Validate", "Wait", "Write", "Yield",
}
# fmt: on


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


def test_docstrings_have_one_mood() -> None:
    """No docstring begins with an imperative: a function "Yields", "Checks" or "Opens"."""
    first = {place: text.partition(" ")[0].rstrip(".,:;") for place, text in docstrings()}
    assert "Yields" in first.values()
    assert [place for place, word in first.items() if word in IMPERATIVES] == []
