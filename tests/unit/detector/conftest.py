"""A detector for all tests of detector/detector.py."""

from pathlib import Path

import pytest

from detector.detector import Detector
from tests.support.detecting import make


@pytest.fixture(scope="module")
def detector(two_models: Path) -> Detector:
    """A detector that finds cones by two names."""
    return make(two_models)
