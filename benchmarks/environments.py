"""Makes virtual environments for servers that are compared with this one."""

import subprocess
import venv
from pathlib import Path


def create(folder: Path, *packages: str) -> Path:
    """Makes an environment with some packages; returns its interpreter."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
    return python
