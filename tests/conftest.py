"""What every kind of test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder with public test data; SPECSIGHT_ASSETS says where it lies if not beside the repository."""
    folder = Path(os.environ.get("SPECSIGHT_ASSETS") or ROOT.parent / "shared" / "assets")
    if not folder.is_dir():
        pytest.skip(f"the public test data is not at {folder}: set SPECSIGHT_ASSETS to its folder")
    return folder


@pytest.fixture(scope="session")
def bundled() -> Path:
    """The folder with the bundled model."""
    return ROOT / "models"
