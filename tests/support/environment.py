"""Virtual environments for what does not go together with the service's own packages."""

import subprocess
import venv
from pathlib import Path


def create(folder: Path, *arguments: str) -> Path:
    """The interpreter of a new environment in which pip has installed what its arguments say."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install(python, *arguments)
    return python


def install(python: Path, *arguments: str) -> None:
    """Let an environment's pip install something."""
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments], check=True)
