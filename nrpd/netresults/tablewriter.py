"""Writes the rows of one object's files into one Parquet file, batch by batch, and drops rows that came twice.

Rows are the same when all their columns are the same, whatever the order of columns in their files; blank and absent
are the same. A 64-bit hash of each row is kept (8 bytes a row); only rows whose hash came twice are compared in full.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Sequence
from operator import itemgetter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nrpd.netresults.records import ROW_FILE, ROW_LINE

BATCH = 20_000


class TableWriter:
    """One object's table. `columns` are those of all its files, in staged order."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.columns = list(columns)
        self._raw = path.with_suffix(".raw")
        self._schema = pa.schema(
            [*((name, pa.string()) for name in columns), (ROW_FILE, pa.string()), (ROW_LINE, pa.int64())]
        )
        self._writer = pq.ParquetWriter(self._raw, self._schema, compression="snappy")
        self._hashes = array("q")

    def order(self, names: Sequence[str]) -> Callable[[list[str]], tuple[str, ...]]:
        """What puts the cells of a record, named by `names`, into the order of the table; absent ones blank."""
        places = {name: at for at, name in enumerate(names) if name}
        wanted = [places.get(name, len(names)) for name in self.columns]
        if wanted == list(range(len(names))):
            return tuple
        if len(wanted) == 1:
            return lambda row: ((*row, "")[wanted[0]],)
        pick = itemgetter(*wanted)
        return lambda row: pick((*row, ""))

    def add(self, rows: Sequence[tuple[str, ...]], lines: Sequence[int], file: str) -> list[pa.Array]:
        """Append rows in table order; gives the columns written, none for no rows.

        Raises UnicodeEncodeError (nothing added) where a cell holds broken bytes.
        """
        if not rows:
            return []
        cells = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        origin = [pa.array([file] * len(rows), pa.string()), pa.array(lines, pa.int64())]
        self._writer.write_table(pa.Table.from_arrays([*cells, *origin], schema=self._schema))
        self._hashes.extend(map(hash, rows))
        return cells

    def abandon(self) -> None:
        """Close without result."""
        self._writer.close()

    def finish(self, erased_ids: Container[str] = ()) -> tuple[int, int]:
        """Write the final file; (rows that came twice, rows whose contact is erased), both dropped."""
        self._writer.close()
        hashes = np.frombuffer(self._hashes, dtype=np.int64) if self._hashes else np.empty(0, np.int64)
        ordered = np.sort(hashes)
        twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        by_id = bool(erased_ids) and "contact_id" in self.columns
        if not len(twice) and not by_id:
            self._raw.rename(self.path)
            return 0, 0
        return self._rewrite(np.isin(hashes, twice), erased_ids if by_id else ())

    def _rewrite(
        self, suspects: np.ndarray[tuple[int], np.dtype[np.bool_]], erased_ids: Container[str]
    ) -> tuple[int, int]:
        seen: set[tuple[str, ...]] = set()
        same = erased = start = 0
        with pq.ParquetWriter(self.path, self._schema, compression="snappy") as writer:
            for batch in pq.ParquetFile(self._raw).iter_batches(BATCH):
                keep = np.ones(batch.num_rows, dtype=bool)
                if erased_ids:
                    keep = np.array([i not in erased_ids for i in batch.column("contact_id").to_pylist()], dtype=bool)
                    erased += int((~keep).sum())
                for at in np.flatnonzero(suspects[start : start + batch.num_rows] & keep):
                    row = tuple(batch.column(number)[int(at)].as_py() for number in range(len(self.columns)))
                    keep[at] = row not in seen
                    same += row in seen
                    seen.add(row)
                start += batch.num_rows
                writer.write_batch(batch.filter(pa.array(keep)))
        self._raw.unlink()
        return same, erased
