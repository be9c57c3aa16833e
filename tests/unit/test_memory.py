"""detector/memory.py."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FAULTS = """
import resource, sys
import numpy as np
from detector.memory import keep_freed

if sys.argv[1] == "keep":
    keep_freed()
np.ones((720, 1280, 3), np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    np.ones((720, 1280, 3), np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="is for glibc")
def test_pictures_use_the_same_memory() -> None:
    """With memory kept, one picture after the other lies where the last one lay; no page is fetched anew."""
    faults = {
        word: int(subprocess.check_output([sys.executable, "-c", FAULTS, word], cwd=ROOT, text=True))
        for word in ("keep", "leave")
    }
    assert faults["keep"] < 100
    assert faults["leave"] > faults["keep"]
