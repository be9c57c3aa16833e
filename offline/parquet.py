"""Results as a Parquet file. Rows are added all at once, because an incomplete file is of no use."""

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from offline.columns import columns
from offline.errors import RunError
from offline.journal import Entry, Reason
from offline.replacing import replace_file

ROWS = 10_000  # per group, which is in memory at a time
KEY = b"specsight"  # of the header, in the file's metadata


class ParquetFile:
    """A complete file of results, or none yet."""

    def __init__(self, path: Path, header: bytes) -> None:
        """Checks the file, if there is one.

        Args:
            path: the file.
            header: of the run, as JSON.

        Raises:
            RunError: the file has another header, or cannot be read.
        """
        self.path = path
        self._schema = columns().with_metadata({KEY: header})
        self.rows = 0
        if path.exists():
            with self._open() as file:
                self.rows = file.metadata.num_rows
                if (file.schema_arrow.metadata or {}).get(KEY) != header:
                    raise RunError(f"{path} does not hold results of these options: name another file.")

    def entries(self) -> Iterator[Entry]:
        """Yields the relevant members of its rows."""
        for batch in self._batches(["photo", "error"]):
            for row in batch.to_pylist():
                yield Entry(row["photo"], Reason(row["error"]["detail"]) if row["error"] else None)

    def add(self, rows: Iterable[bytes]) -> None:
        """Replaces the file by one that has these rows, too, given as JSON.

        Raises:
            RunError: it cannot be written.
        """
        self._replace(itertools.chain(self._batches(), self._parse(rows)))

    def drop_failures(self) -> None:
        """Replaces the file by one without the rows of photos that have no detections."""
        if self.rows:
            self._replace(batch.filter(pc.is_null(batch["error"])) for batch in self._batches())

    def _parse(self, rows: Iterable[bytes]) -> Iterator[pa.RecordBatch]:
        rows = iter(rows)
        while group := list(itertools.islice(rows, ROWS)):
            values: list[dict[str, Any]] = [msgspec.json.decode(row) for row in group]
            yield pa.RecordBatch.from_pylist(values, self._schema)

    def _batches(self, names: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        if self.rows:
            with self._open() as file:
                yield from file.iter_batches(ROWS, columns=names)

    def _replace(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Replaces the file by one with these rows, atomically."""
        rows = 0
        with (
            replace_file(self.path) as file,
            pq.ParquetWriter(file, self._schema, compression="zstd") as writer,
        ):
            for batch in batches:
                writer.write_batch(batch, row_group_size=ROWS)
                rows += batch.num_rows
        self.rows = rows

    def _open(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path)
        except (OSError, pa.ArrowException):
            raise RunError(f"{self.path} cannot be read as Parquet: name another file.") from None
