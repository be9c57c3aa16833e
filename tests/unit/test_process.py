"""process.py."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FAULTS = """
import resource, sys
import numpy as np
from process import keep_freed

if sys.argv[1] == "keep":
    keep_freed()
np.ones((720, 1280, 3), np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    np.ones((720, 1280, 3), np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""

MEGABYTES = """
import re
from pathlib import Path

def megabytes():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
"""

GIVEN_BACK = f"""{MEGABYTES}from process import give_back, keep_freed

keep_freed()
held = [bytes(1000) for _ in range(50_000)]
last = bytes(1000)
del held
before = megabytes()
give_back()
print(before - megabytes())
"""

THREADS_MEMORY = f"""{MEGABYTES}from concurrent.futures import ThreadPoolExecutor
from process import give_back, keep_freed

keep_freed()
with ThreadPoolExecutor(1) as thread:
    thread.submit(lambda: [b"1" * (1 << 20) for _ in range(30)].clear()).result()
    give_back()
    before = megabytes()
    thread.submit(give_back).result()
    print(before - megabytes())
"""

AT_ONCE = f"""{MEGABYTES}from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from process import give_back, keep_freed

def fill(_):
    together.wait()
    held = [b"1" * (1 << 20) for _ in range(30)]
    together.wait()
    held.clear()

def give(_):
    together.wait()
    give_back()

keep_freed()
together = Barrier(3)
left = []
with ThreadPoolExecutor(3) as threads:
    list(threads.map(give, range(3)))
    before = megabytes()
    for _ in range(60):
        list(threads.map(fill, range(3)))
        list(threads.map(give, range(3)))
        left.append(megabytes() - before)
print(max(left))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="is for glibc")
def test_returns_free_memory() -> None:
    """Retained memory is returned on request, even if memory behind it is still in use."""
    given_back = float(subprocess.check_output([sys.executable, "-c", GIVEN_BACK], cwd=ROOT, text=True))
    assert given_back > 40


@pytest.mark.skipif(sys.platform != "linux", reason="is for glibc")
def test_returns_a_thread_s_memory() -> None:
    """A thread returns the end of its own arena, which another thread cannot."""
    given_back = float(subprocess.check_output([sys.executable, "-c", THREADS_MEMORY], cwd=ROOT, text=True))
    assert given_back > 20


@pytest.mark.skipif(sys.platform != "linux", reason="is for glibc")
def test_returns_threads_memory_at_once() -> None:
    """Threads that return their memory at the same time do not change each other's glibc parameters."""
    left = float(subprocess.check_output([sys.executable, "-c", AT_ONCE], cwd=ROOT, text=True))
    assert left < 15


@pytest.mark.skipif(sys.platform != "linux", reason="is for glibc")
def test_images_use_the_same_memory() -> None:
    """With memory retained, images reuse the same addresses; no page is fetched again."""
    faults = {
        word: int(subprocess.check_output([sys.executable, "-c", FAULTS, word], cwd=ROOT, text=True))
        for word in ("keep", "leave")
    }
    assert faults["keep"] < 100
    assert faults["leave"] > faults["keep"]
