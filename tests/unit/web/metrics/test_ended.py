"""web/metrics/ended.py: workers that end leave their counts, but no files."""

import threading
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from web.metrics import ended
from web.metrics.ended import merge_ended, reading


def write(folder: Path, name: str, **counts: float) -> Path:
    """Writes a file of counts."""
    path = folder / f"{name}.new"
    with closing(MmapedDict(str(path))) as file:  # type: ignore[no-untyped-call]
        for key, value in counts.items():
            file.write_value(mmap_key(key, key, [], [], ""), value, 0.0)  # type: ignore[no-untyped-call]
    return path.replace(path.with_suffix(".db"))


def told(folder: Path, kind: str) -> dict[str, float]:
    """All counts of a kind, added up."""
    counts: dict[str, float] = {}
    for file in folder.glob(f"{kind}_*.db"):
        for key, value, *_ in MmapedDict.read_all_values_from_file(file):  # type: ignore[no-untyped-call]
            counts[key.split('"')[1]] = counts.get(key.split('"')[1], 0) + value
    return counts


def test_counts_stay_and_files_go(tmp_path: Path) -> None:
    """However many workers end, their counts are in two files; those of running ones stay as they are."""
    write(tmp_path, "counter_1", a=1)
    running = write(tmp_path, "counter_2", a=2)
    before = running.read_bytes()
    for process in range(3, 53):
        write(tmp_path, f"counter_{process}", a=process, b=1)
        write(tmp_path, f"histogram_{process}", c=0.5)
        merge_ended(tmp_path, {1, 2})
        assert len(list(tmp_path.glob("*.db"))) == 4
    assert told(tmp_path, "counter") == {"a": 1 + 2 + sum(range(3, 53)), "b": 50}
    assert told(tmp_path, "histogram") == {"c": 25}
    assert running.read_bytes() == before


def test_many_counts_have_their_space(tmp_path: Path) -> None:
    """The file for all is as large as its counts, and its space is reserved."""
    write(tmp_path, "counter_3", **{f"{number:0100}": number for number in range(2000)})
    merge_ended(tmp_path, {})
    [file] = tmp_path.glob("*.db")
    assert sum(told(tmp_path, "counter").values()) == sum(range(2000))
    assert file.stat().st_blocks * 512 >= file.stat().st_size


def test_waits_for_no_reader(tmp_path: Path) -> None:
    """While counts are read, nothing moves; the next call makes up for it."""
    write(tmp_path, "counter_3", a=3)
    with reading(tmp_path), reading(tmp_path):
        merge_ended(tmp_path, {})
        assert (tmp_path / "counter_3.db").exists()
    merge_ended(tmp_path, {})
    assert not (tmp_path / "counter_3.db").exists()
    assert told(tmp_path, "counter") == {"a": 3}


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without space for the file of all, the workers' files stay."""
    write(tmp_path, "counter_3", a=3)
    monkeypatch.setattr(ended, "INITIAL_BYTES", 1 << 62)  # no disk has so much
    merge_ended(tmp_path, {})
    assert [file.name for file in tmp_path.glob("counter*")] == ["counter_3.db"]


def test_no_reader_sees_a_dip(tmp_path: Path) -> None:
    """A count that is read while workers end never falls, which Prometheus would take for a restart."""
    done = threading.Event()
    seen: list[float] = []

    def read() -> None:
        while not done.is_set():
            with reading(tmp_path):  # as workers read
                seen.append(told(tmp_path, "counter").get("a", 0))

    reader = threading.Thread(target=read)
    write(tmp_path, "counter_3", a=1)
    reader.start()
    for process in range(4, 200):
        write(tmp_path, f"counter_{process}", a=1)
        merge_ended(tmp_path, {process})
    done.set()
    reader.join()
    assert seen == sorted(seen)
    assert told(tmp_path, "counter") == {"a": 197}
