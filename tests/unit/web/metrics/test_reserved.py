"""web/metrics/reserved.py: the workers' shared counts have their space, or are not shared."""

import os
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from web.metrics import reserved
from web.metrics.reserved import INITIAL_BYTES, ReservedDict


def count(counts: ReservedDict, keys: int) -> None:
    """Writes values for this many keys."""
    for number in range(keys):
        counts.write_value(f"{number:0200}", number, 0.0)  # type: ignore[no-untyped-call]


def told(path: str) -> list[float]:
    """The values that another process reads."""
    return [value for _, value, _, _ in MmapedDict.read_all_values_from_file(path)]  # type: ignore[no-untyped-call]


def test_has_its_space(tmp_path: Path) -> None:
    """A file reserves its space on disk before anything is written to it, and whenever it grows."""
    path = tmp_path / "counter_1.db"
    with closing(ReservedDict(str(path))) as counts:
        assert path.stat().st_blocks * 512 >= INITIAL_BYTES
        count(counts, 1000)
        assert path.stat().st_size > 2 * INITIAL_BYTES
        assert path.stat().st_blocks * 512 >= path.stat().st_size
        assert told(str(path)) == list(range(1000))


def test_is_never_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody finds a file before it has its space: while it is empty, a reading of all counts would fail."""
    reserve = os.posix_fallocate

    def look_first(*arguments: int) -> None:
        assert not list(tmp_path.glob("*.db"))
        reserve(*arguments)

    monkeypatch.setattr(os, "posix_fallocate", look_first)
    ReservedDict(str(tmp_path / "counter_1.db")).close()  # type: ignore[no-untyped-call]
    assert [file.name for file in tmp_path.iterdir()] == ["counter_1.db"]


def test_is_not_shared_without_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without space, this process keeps its counts to itself, and leaves no file for others."""
    monkeypatch.setattr(reserved, "INITIAL_BYTES", 1 << 62)  # no disk has so much
    with closing(ReservedDict(str(tmp_path / "counter_1.db"))) as counts:
        count(counts, 1000)
        assert counts.read_value(f"{999:0200}")[0] == 999  # type: ignore[no-untyped-call]
    assert list(tmp_path.iterdir()) == []


def test_leaves_when_there_is_no_more_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a file cannot grow, the counts continue unshared."""

    def full(*_: object) -> None:
        raise OSError

    with closing(ReservedDict(str(tmp_path / "counter_1.db"))) as counts:
        count(counts, 10)
        monkeypatch.setattr(os, "posix_fallocate", full)
        count(counts, 1000)
        values = [counts.read_value(f"{number:0200}")[0] for number in (0, 5, 999)]  # type: ignore[no-untyped-call]
        assert values == [0, 5, 999]
    assert list(tmp_path.iterdir()) == []
