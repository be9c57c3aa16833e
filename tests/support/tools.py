"""Programs that some tests need and not every machine has."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CI = "CI" in os.environ

Done = subprocess.CompletedProcess[str]


def needs(present: object, what: str) -> pytest.MarkDecorator:
    """A mark that skips tests if something is missing; in CI nothing may be missing, and they fail."""
    return pytest.mark.skipif(not present and not CI, reason=f"needs {what}")


needs_node_tools = needs((ROOT / "scripts/node/node_modules/installed").is_file(), "the contract's tools: scripts/lint")


def script(name: str, *arguments: str | Path, cwd: Path = ROOT) -> Done:
    """The output and exit status of a script of the repository."""
    return subprocess.run(
        [ROOT / "scripts" / name, *arguments], cwd=cwd, capture_output=True, text=True, check=False, encoding="utf-8"
    )
