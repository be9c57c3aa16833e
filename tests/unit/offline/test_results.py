"""Files of results hold each row once, wherever a run was interrupted."""

from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from offline import results
from offline.columns import columns
from offline.errors import RunError
from offline.rows import outcome
from schemas import BatchResult, Detection, ImageSize, Problem
from tests.support.detect import rows

HEADER = b'{"run":{"contract":"1"}}'
FOUND = Detection(x=0.1, y=0.2, width=0.3, height=0.4, score=0.5, name="cone", model="m")
PROBLEM = Problem(
    type="t", code="c", title="T", status=422, detail="no photo", instance="i", request_id="r", errors=[],
    error_messages=[],
)  # fmt: skip
SIZE = ImageSize(width=4, height=3)
GOOD = [outcome(name, BatchResult(image=SIZE, normalized_vertices=[FOUND])).row for name in ("/a.jpg", "/b\n.jpg")]
BAD = outcome("/bad.jpg", BatchResult(error=PROBLEM)).row
SUFFIXES = [".jsonl", ".parquet"]


@pytest.fixture(params=SUFFIXES)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A name for a file of results."""
    return tmp_path / f"results{request.param}"


def written(file: Path, *row: bytes, header: bytes = HEADER, finish: bool = True) -> None:
    """A file with some rows."""
    with closing(results.open_results(file, header)) as found:
        found.append(row)
        if finish:
            found.finish()


def photos(file: Path) -> list[str]:
    """The photos that have a row, as the next run sees them."""
    with closing(results.open_results(file, HEADER)) as found:
        return [entry.photo for entry in found.entries()]


def test_rows(file: Path) -> None:
    """Added rows are there, with the contract's members, and no other file lies beside theirs."""
    written(file, *GOOD, BAD)
    assert rows(file) == [msgspec.json.decode(row) for row in (*GOOD, BAD)]
    assert list(file.parent.iterdir()) == [file]


def test_several_runs(file: Path) -> None:
    """A later run adds to an earlier one's rows, whether or not that was finished."""
    written(file, GOOD[0])
    written(file, GOOD[1], finish=False)
    assert photos(file) == ["/a.jpg", "/b\n.jpg"]
    written(file, BAD)
    assert [row["photo"] for row in rows(file)] == ["/a.jpg", "/b\n.jpg", "/bad.jpg"]


@pytest.mark.parametrize("torn", [b'{"photo":"/torn.jpg","ima', b"\0" * 100, b"x" * 200_000])
def test_torn_row(file: Path, torn: bytes) -> None:
    """An incomplete row is cut off; its photo is processed again."""
    written(file, *GOOD, finish=False)
    [path] = [path for path in file.parent.iterdir() if path.suffix == ".jsonl"]
    with path.open("ab") as journal:
        journal.write(torn)
    assert photos(file) == ["/a.jpg", "/b\n.jpg"]
    written(file, BAD)
    assert len(rows(file)) == 3


@pytest.mark.parametrize("length", [0, 1, 10, len(HEADER)])
def test_torn_header(tmp_path: Path, length: int) -> None:
    """An incomplete header is cut off."""
    (tmp_path / "results.jsonl").write_bytes(HEADER[:length])
    assert photos(tmp_path / "results.jsonl") == []


def test_cut_off_between_adding_and_removing(tmp_path: Path) -> None:
    """A journal whose rows are in the Parquet file already is not added again."""
    file, journal = tmp_path / "results.parquet", tmp_path / "results.parquet.unfinished.jsonl"
    written(file, *GOOD, finish=False)
    kept = journal.read_bytes()
    written(file)
    journal.write_bytes(kept)
    assert photos(file) == ["/a.jpg", "/b\n.jpg"]
    written(file, BAD)
    assert len(rows(file)) == 3


def test_other_options(file: Path) -> None:
    """Rows with other options are not mixed in."""
    for finish in (False, True):
        written(file, *GOOD, finish=finish)
        with pytest.raises(RunError, match=r"other options|these options"):
            results.open_results(file, b'{"run":{"contract":"2"}}')
    assert len(rows(file)) == 4


def test_foreign_file(file: Path) -> None:
    """A file with other content is not touched."""
    file.write_bytes(b"my diary\n" * 100)
    with pytest.raises(RunError, match="name another file"):
        results.open_results(file, HEADER)
    assert file.read_bytes() == b"my diary\n" * 100


def test_damaged_row(tmp_path: Path) -> None:
    """A damaged row between others is named."""
    file = tmp_path / "results.jsonl"
    written(file, GOOD[0], b"damaged", GOOD[1])
    with pytest.raises(RunError, match=r"Line 3 of .* is damaged"):
        photos(file)


def test_one_writer(file: Path) -> None:
    """A file that is being written is refused to a second run."""
    with closing(results.open_results(file, HEADER)), pytest.raises(RunError, match="is being written by another run"):
        results.open_results(file, HEADER)
    results.open_results(file, HEADER).close()


def test_drop_failures(file: Path) -> None:
    """Failures can be removed from finished rows and from others."""
    written(file, GOOD[0], BAD)
    written(file, BAD, GOOD[1], finish=False)
    with closing(results.open_results(file, HEADER)) as found:
        found.drop_failures()
        assert [entry.photo for entry in found.entries()] == ["/a.jpg", "/b\n.jpg"]
        found.append([BAD])
        found.finish()
    assert [row["photo"] for row in rows(file)] == ["/a.jpg", "/b\n.jpg", "/bad.jpg"]


@pytest.mark.parametrize("name", ["results.csv", "results", "folder.jsonl", "nowhere/results.jsonl"])
def test_unusable_names(tmp_path: Path, name: str) -> None:
    """A file that cannot be written is refused in a sentence."""
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(RunError, match=r"with one of these suffixes\.|cannot be written"):
        results.open_results(tmp_path / name, HEADER)


def test_metadata(tmp_path: Path) -> None:
    """A Parquet file's metadata holds the header."""
    import pyarrow.parquet as pq

    written(tmp_path / "results.parquet", *GOOD)
    assert pq.read_schema(tmp_path / "results.parquet").metadata[b"specsight"] == HEADER


def test_columns() -> None:
    """Every member of a result has a column, by the contract's name."""
    names: dict[str, Any] = {field.encode_name: field for field in msgspec.structs.fields(BatchResult)}
    assert columns().names == ["photo", *names]
