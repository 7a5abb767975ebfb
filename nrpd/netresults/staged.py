"""What staging leaves behind: one Parquet file per object, the attachments, and staged.json that describes them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nrpd.errors import BadInput
from nrpd.netresults.records import OBJECT_COLUMNS, ROW_FILE, ROW_LINE, Quarantined

DESCRIPTION = "staged.json"
ATTACHMENTS = "attachments"


@dataclass(frozen=True)
class StagedFile:
    """One table that was read. `rows` counts its records, `quarantined` those of them that were kept out."""

    path: str
    sha256: str
    object: str | None
    encoding: str
    delimiter: str
    rows: int
    quarantined: int
    headers: dict[str, str]
    """Column of the staged table → header as written."""


@dataclass(frozen=True)
class Flag:
    """Something that a person should look at; nothing was altered or kept out for it."""

    file: str
    line: int
    kind: str
    """mojibake | encoding | quotes | header | merged | hidden | remarks | error | erased | file |
    source, and those of `quality.py`."""
    detail: str


@dataclass(frozen=True)
class Given:
    """What an API gave: a folder with `<object>.csv` for each object, and anything else to be kept as it is.

    Erased people are in no file of it: `erased` counts the rows that were left out, by object, and `erased_ids` are
    their contact ids, since rows of an export may name them.
    """

    folder: Path
    erased: Mapping[str, int] = field(default_factory=dict)
    erased_ids: frozenset[str] = frozenset()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class Staged:
    """The staged source. `source_rows[o]` = rows of `table(o)` + quarantined + `same_rows[o]` + `erased_rows[o]`."""

    folder: Path
    digest: str
    inputs: dict[str, str]
    """Every file that the customer gave → SHA-256 of its bytes."""
    files: list[StagedFile] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    source_rows: dict[str, int] = field(default_factory=dict)
    same_rows: dict[str, int] = field(default_factory=dict)
    erased_rows: dict[str, int] = field(default_factory=dict)
    attachments: dict[str, str] = field(default_factory=dict)
    """Name (path in the export) → SHA-256 of files that are no tables."""
    flags: list[Flag] = field(default_factory=list)
    erased_contacts: list[str] = field(default_factory=list)
    """SHA-256 of the contact ids of erased people, so that a later export's rows are known to be theirs."""
    within: str = ""
    """Stands before the names of its files wherever rows say where they are from (see `named`)."""

    def named(self, within: str) -> Staged:
        """The same, each of its files called `<within>/<name>`. Rows are known, and dates read, by their file: a later
        export's files must not be taken for those of the base, which have the same names."""
        kept_out = [replace(row, file=f"{within}/{row.file}") for row in self.quarantined]
        return replace(self, within=within, quarantined=kept_out)

    def _file(self, name: str) -> str:
        return f"{self.within}/{name}" if self.within else name

    @property
    def erased(self) -> int:
        """Rows left out because their address is in `source.erased`."""
        return sum(self.erased_rows.values())

    def has(self, object: str) -> bool:
        return self._path(object).exists()

    def count(self, object: str) -> int:
        """Rows of the staged table, without reading it."""
        return pq.ParquetFile(self._path(object)).metadata.num_rows if self.has(object) else 0

    def columns(self, object: str) -> list[str]:
        """Columns of the staged table but `row_file` and `row_line`; known ones first."""
        if not self.has(object):
            return []
        return [name for name in pq.read_schema(self._path(object)).names if name not in (ROW_FILE, ROW_LINE)]

    def table(self, object: str) -> pd.DataFrame:
        """The whole table, every cell a `str`; an empty frame with the design's columns where the source has none."""
        if not self.has(object):
            return pd.DataFrame(columns=[*OBJECT_COLUMNS[object], ROW_FILE, ROW_LINE], dtype="str")
        frame: pd.DataFrame = _as_text(pq.read_table(self._path(object))).to_pandas()
        return frame

    def batches(self, object: str, columns: Sequence[str] | None = None, size: int = 50_000) -> Iterator[pd.DataFrame]:
        """The table piece by piece, for tables that should not be held in memory whole."""
        if self.has(object):
            for batch in pq.ParquetFile(self._path(object)).iter_batches(
                size, columns=list(columns) if columns else None
            ):
                yield _as_text(pa.Table.from_batches([batch])).to_pandas()

    def counts(self, object: str, column: str) -> dict[str, dict[str, int]]:
        """How often each text stands in a column: file → text → cells, in the order in which they come first."""
        table = pq.read_table(self._path(object), columns=[ROW_FILE, column])
        # Without threads, so that the order of the groups is that of the rows.
        counted = table.group_by([ROW_FILE, column], use_threads=False).aggregate([([], "count_all")])
        found: dict[str, dict[str, int]] = {}
        for batch in counted.to_batches(max_chunksize=50_000):
            texts, counts = batch.column(column).to_pylist(), batch.column("count_all").to_pylist()
            for file, text, count in zip(batch.column(ROW_FILE).to_pylist(), texts, counts, strict=True):
                found.setdefault(self._file(file), {})[text] = count
        return found

    def lines(self, object: str, column: str, texts: Collection[str]) -> Iterator[tuple[str, int, str]]:
        """Where these texts stand in a column: (file, line, text) of each cell, in the order of the rows."""
        wanted = pa.array(list(texts), pa.string())
        names = [ROW_FILE, ROW_LINE, column]
        for batch in pq.ParquetFile(self._path(object)).iter_batches(50_000, columns=names) if len(wanted) else ():
            found = batch.filter(pc.is_in(batch.column(column), value_set=wanted))
            for file, line, text in zip(*(found.column(name).to_pylist() for name in names), strict=True):
                yield self._file(file), line, text

    def rows(self, object: str) -> list[dict[str, str]]:
        """The whole table as dictionaries; blank cells are empty strings."""
        if not self.has(object):
            return []
        found: list[dict[str, str]] = _as_text(pq.read_table(self._path(object))).to_pylist()
        for row in found if self.within else ():
            row[ROW_FILE] = self._file(row[ROW_FILE])
        return found

    def headers(self, object: str) -> dict[str, str]:
        """Column → header as first written, over all files of `object`."""
        found: dict[str, str] = {}
        for file in self.files:
            if file.object == object:
                for column, header in file.headers.items():
                    found.setdefault(column, header)
        return found

    def read_bytes(self, name: str) -> bytes:
        """The bytes of an attachment. Raises BadInput where there is none of this name."""
        if name not in self.attachments:
            raise BadInput(f"{name}: no such file in the export.")
        return (self.folder / ATTACHMENTS / self.attachments[name]).read_bytes()

    def _path(self, object: str) -> Path:
        return self.folder / f"{object}.parquet"

    def save(self, folder: Path) -> None:
        """Write staged.json into `folder`."""
        plain: dict[str, Any] = {
            name: value for name, value in asdict(self).items() if name not in ("folder", "within")
        }
        (folder / DESCRIPTION).write_text(json.dumps(plain, ensure_ascii=False, indent=1), encoding="utf-8")


def load_staged(folder: Path) -> Staged:
    """Read what `stage` wrote into `folder`. Raises BadInput where nothing is staged there."""
    try:
        plain = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        raise BadInput(f"{folder}: nothing is staged there yet. Run 01_discovery first.") from None
    plain["files"] = [StagedFile(**file) for file in plain["files"]]
    plain["quarantined"] = [Quarantined(**row) for row in plain["quarantined"]]
    plain["flags"] = [Flag(**flag) for flag in plain["flags"]]
    return Staged(folder=folder, **plain)


def _as_text(table: pa.Table) -> pa.Table:
    if ROW_LINE not in table.column_names:
        return table
    at = table.column_names.index(ROW_LINE)
    return table.set_column(at, ROW_LINE, table.column(at).cast(pa.string()))
