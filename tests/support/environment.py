"""Virtual environments for packages that conflict with the service's own."""

import subprocess
import venv
from pathlib import Path


def create(folder: Path, *arguments: str) -> Path:
    """The Python of a new environment in which pip has installed these arguments."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install(python, *arguments)
    return python


def install(python: Path, *arguments: str) -> None:
    """Runs an environment's pip install; modules are compiled when they are imported, which few are."""
    options = ("--quiet", "--disable-pip-version-check", "--no-compile")
    subprocess.run([python, "-m", "pip", "install", *options, *arguments], check=True)
