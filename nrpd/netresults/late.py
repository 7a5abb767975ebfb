"""Opt-outs that came late (`nrpd suppress`): each file is staged on its own, and kept only so.

The file itself is not kept, since it may name people who were erased (`source.erased`), or are erased afterwards.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from nrpd.errors import BadInput
from nrpd.netresults.files import file_hash
from nrpd.netresults.records import address_hash, emails_in
from nrpd.netresults.staged import DESCRIPTION, Staged, load_staged
from nrpd.netresults.staging import StagingSource, stage
from nrpd.netresults.whose import address_columns, unnamed

_OBJECT = "suppressions"


def keep_late(folder: Path, file: Path, erased: frozenset[str]) -> Staged:
    """Stages one file of opt-outs below `folder`; free where it is there. `erased`: `address_hash` values.

    Raises BadInput, and keeps nothing, where the file cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sha = file_hash(file)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=folder) as scratch:
        # Rows are known by file and line: files of one name that came on different days must not be taken for one.
        copy = Path(scratch) / f"late-{sha[:8]}" / file.name
        copy.parent.mkdir()
        shutil.copyfile(file, copy)
        kept = folder / sha[:16]
        staged = stage(StagingSource(Path(scratch), {_OBJECT: "*"}, {}, erased), kept)
        if "email" not in staged.columns(_OBJECT):
            shutil.rmtree(kept)
            raise BadInput(
                f"{file}: none of its columns holds e-mail addresses; head it with a line such as Email,Reason"
            )
        return staged


def load_late(folder: Path, erased: frozenset[str]) -> list[Staged]:
    """All that was kept below `folder`, less who was erased since; a file that an older nrpd kept is staged first."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file():
            keep_late(folder, path, erased)
            path.unlink()
    kept = sorted(path.parent for path in folder.glob(f"*/{DESCRIPTION}"))
    return [_without(load_staged(path), erased) for path in kept]


def _unnamed(table: pa.Table, erased: frozenset[str]) -> pa.Table:
    """Without the addresses of erased people in rows that are of others."""
    for at, field in enumerate(table.schema):
        if field.type == pa.string():
            texts = [unnamed(text, lambda a: address_hash(a) in erased) for text in table.column(at).to_pylist()]
            table = table.set_column(at, field, pa.array(texts, pa.string()))
    return table


def _without(staged: Staged, erased: frozenset[str]) -> Staged:
    """Takes the rows of erased people out of the staged table and the list of rows kept out; only their count stays."""
    if not erased:
        return staged
    places = address_columns(staged.columns(_OBJECT))

    def gone(*cells: str) -> bool:
        return any(address_hash(address) in erased for cell in cells for address in emails_in(cell))

    path = staged.folder / f"{_OBJECT}.parquet"
    stays = [not gone(*(row[name] for name in places)) for row in staged.rows(_OBJECT)]
    kept_out = [q for q in staged.quarantined if not gone(q.email)]
    whole = pq.read_table(path)
    table = _unnamed(whole.filter(pa.array(stays, pa.bool_())), erased)
    count = stays.count(False) + len(staged.quarantined) - len(kept_out)
    if table == whole and not count:
        return staged
    pq.write_table(table, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)
    counts = {**staged.erased_rows, _OBJECT: staged.erased_rows.get(_OBJECT, 0) + count}
    made = replace(staged, quarantined=kept_out, erased_rows=counts)
    made.save(staged.folder)
    return made
