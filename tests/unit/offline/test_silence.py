"""Native code is silenced, and Python is not."""

import os
import sys
from pathlib import Path

import pytest

from offline.silence import native_code_silenced

DESCRIPTORS = Path("/proc/self/fd")


def test_silence(capfd: pytest.CaptureFixture[str]) -> None:
    """Bytes written to the descriptor are dropped for a while; texts from Python are kept, in order."""
    os.write(2, b"before\n")
    with native_code_silenced():
        os.write(2, b"native\n")
        sys.stderr.write("Python\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "before\nPython\nafter\n"


def test_errors(capfd: pytest.CaptureFixture[str]) -> None:
    """Standard error is as before after an error, and no descriptor is left."""
    descriptors = set(DESCRIPTORS.iterdir())
    with pytest.raises(RuntimeError), native_code_silenced():
        raise RuntimeError
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"
    assert set(DESCRIPTORS.iterdir()) == descriptors


def test_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed standard error stays closed."""
    monkeypatch.setattr(sys, "stderr", None)
    with native_code_silenced():
        assert sys.stderr is None
