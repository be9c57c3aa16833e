"""detector/images/inflating.py."""

import numpy as np
import pytest
from isal import isal_zlib

from detector.errors import ImageTooLarge
from detector.images import inflating
from detector.images.inflating import MAX_SLOWNESS, Inflater, slowness

SIZE = 1_000_000


def test_slow_machines_get_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo may take as much more time as the machine is slower, and not more often than that."""
    monkeypatch.setattr(inflating, "slowness", lambda: 4.0)
    inflater = Inflater(SIZE)
    patience = inflater._seconds
    inflater.spend(patience * 1.5)
    inflater.spend(patience * 2.4)
    with pytest.raises(ImageTooLarge):
        inflater.spend(patience * 0.2)


def test_usual_data_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Usual data, of any size, take less than the time that they have."""
    monkeypatch.setattr(inflating, "slowness", lambda: 1.0)
    data = np.random.default_rng(0).integers(0, 64, SIZE, np.uint8).tobytes()
    assert bytes(Inflater(SIZE).inflate(isal_zlib.compress(data), SIZE)) == data


@pytest.mark.parametrize(("sample_ms", "expected"), [(1e6, 1.0), (1e-6, MAX_SLOWNESS)])
def test_slowness(monkeypatch: pytest.MonkeyPatch, sample_ms: float, expected: float) -> None:
    """A machine is never faster than the one with which the limits were measured, nor endlessly slower."""
    monkeypatch.setattr(inflating, "SAMPLE_MS", sample_ms)
    assert slowness() == expected
