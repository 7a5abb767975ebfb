"""From a folder of exports to staged tables: every record checked, no text altered, nothing lost without a reason."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from nrpd.errors import BadInput
from nrpd.netresults.exports import Table, check_settings, header_fault
from nrpd.netresults.files import Found, find_files, find_given
from nrpd.netresults.headers import Columns, all_columns, assign_columns, header_key, numbered
from nrpd.netresults.reading import Reader
from nrpd.netresults.records import OBJECT_COLUMNS, visible
from nrpd.netresults.sorting import Sorted, base_name
from nrpd.netresults.staged import ATTACHMENTS, DESCRIPTION, Flag, Given, Staged, StagedFile, load_staged
from nrpd.netresults.tablewriter import TableWriter

__all__ = ["Flag", "Source", "Staged", "StagedFile", "StagingSource", "load_staged", "stage"]

VERSION = 6
"""Raised when the same input would be staged differently, so that old staged folders are not taken for current."""


class Source(Protocol):
    """The part of the parameters' `source` that staging needs."""

    @property
    def export(self) -> Path | None: ...
    @property
    def files(self) -> Mapping[str, str]: ...
    @property
    def columns(self) -> Mapping[str, Mapping[str, str]]: ...
    @property
    def erased(self) -> frozenset[str]: ...


@dataclass(frozen=True)
class StagingSource:
    """A `Source` that is not the parameters' own."""

    export: Path | None
    files: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]
    erased: frozenset[str]


def stage(
    source: Source, folder: Path, given: Given | None = None, erased_contacts: frozenset[str] = frozenset()
) -> Staged:
    """Stage the export of `source`, and what an API gave, into `folder`; or return what is there if nothing changed.

    Rows of both are put together (what is one record becomes one later, by its id), except that e-mail sends and
    templates of the export win: the events of an API may not carry the id of their send. `source.erased` holds
    `address_hash` values; `erased_contacts` are those of an export before this one (`Staged.erased_contacts`), whose
    rows may name them by their id alone. The folder is replaced as a whole, after everything was read.
    Raises BadInput for all faults of all files together: what they are, where, and which setting helps.
    """
    check_settings(source.files, source.columns)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _scratch(folder.parent) as scratch:
        (scratch / "zips").mkdir()
        faults: list[str] = []
        found, inputs = _find(source, given, scratch / "zips", faults)
        digest = _digest(source, given, inputs, erased_contacts)
        if not faults and (folder / DESCRIPTION).exists() and (current := load_staged(folder)).digest == digest:
            return current
        target = scratch / "staged"
        target.mkdir(mode=0o700)
        _Run(source, given or Given(target), target, faults, erased_contacts).all(found, digest, inputs).save(target)
        _replace(target, folder)
    return load_staged(folder)


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix=".staging-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _find(source: Source, given: Given | None, zips: Path, faults: list[str]) -> tuple[list[Found], dict[str, str]]:
    found, inputs = find_files(Path(source.export), zips, faults) if source.export else ([], {})
    if given is None:
        return found, inputs
    more, hashes = find_given(given.folder)
    if both := sorted({file.shown for file in found} & hashes.keys()):
        raise BadInput(f"{both[0]}: the API's files are shown under this name. Rename the folder of the export.")
    return [*found, *more], inputs | hashes


def _digest(source: Source, given: Given | None, inputs: Mapping[str, str], erased_contacts: frozenset[str]) -> str:
    what = {
        "version": VERSION, "inputs": inputs, "files": {k: str(v) for k, v in source.files.items()},
        "columns": {k: dict(v) for k, v in source.columns.items()}, "erased": sorted(source.erased),
        **({"erased_before": dict(given.erased)} if given else {}),
        **({"erased_contacts": sorted(erased_contacts)} if erased_contacts else {}),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _replace(new: Path, folder: Path) -> None:
    """Put `new` in place of `folder`; a crash in between leaves no folder, and the next run stages again."""
    old = new.parent / "old"
    if folder.exists():
        folder.rename(old)
    new.rename(folder)


class _Erased:
    """The contact ids of erased people: those met in this export, and the hashes of those known before."""

    def __init__(self, met: set[str], before: frozenset[str]) -> None:
        self._met, self._before = set(map(visible, met)), before

    def __contains__(self, contact_id: object) -> bool:
        identity = visible(str(contact_id))  # one file may pad it, another not
        return identity in self._met or (bool(self._before) and id_hash(identity) in self._before)

    def __bool__(self) -> bool:
        return bool(self._met or self._before)

    def hashes(self) -> list[str]:
        """All of them, as hashes."""
        return sorted(self._before.union(map(id_hash, self._met)))


def id_hash(contact_id: str) -> str:
    """How the id of an erased contact is kept: no report and no table shows whose it was."""
    return hashlib.sha256(contact_id.encode()).hexdigest()


class _Run:
    """One staging: what was found so far, and every fault, reported together at the end."""

    def __init__(
        self, source: Source, given: Given, target: Path, faults: Sequence[str], erased_contacts: frozenset[str]
    ) -> None:
        self.source, self.given, self.target, self.erased_contacts = source, given, target, erased_contacts
        self.faults = list(faults)
        self.flags: list[Flag] = list(given.flags)

    def all(self, found: Sequence[Found], digest: str, inputs: dict[str, str]) -> Staged:
        export = Sorted(found, self.source.files)
        self.faults += export.faults
        self.flags += export.flags
        tables = export.tables
        plans = {name: self._plan(name, tables[name]) for name in OBJECT_COLUMNS if tables.get(name)}
        self._check_pins(tables)
        readers = {name: self._read(name, plan) for name, plan in plans.items()}
        if self.faults:
            for reader in readers.values():
                reader.writer.abandon()
        self._stop_on_faults()
        met = set(self.given.erased_ids).union(*(r.erased_ids for r in readers.values() if r.name == "contacts"))
        erased_ids = _Erased(met, self.erased_contacts)
        staged = Staged(self.target, digest, inputs, flags=self.flags, erased_contacts=erased_ids.hashes())
        for name, reader in readers.items():
            self._finish(name, reader, erased_ids, staged)
        gone = _names_gone(export.named, staged)
        self._keep_attachments([file for file in export.attachments if base_name(file.shown) not in gone], staged)
        named = {f"file of an erased person {sha[:8]}" if base_name(p) in gone else p: sha for p, sha in inputs.items()}
        return replace(staged, inputs=named)

    def _finish(self, name: str, reader: Reader, erased_ids: _Erased, staged: Staged) -> None:
        """Write the table of one object, and account for each of its rows."""
        same, gone = reader.writer.finish(erased_ids)
        kept_out = [q for q in reader.quarantined if name != "contacts" or q.source_id not in erased_ids]
        before = self.given.erased.get(name, 0)
        staged.files.extend(reader.files)
        staged.quarantined.extend(kept_out)
        staged.same_rows[name] = same
        staged.erased_rows[name] = reader.erased + gone + before + len(reader.quarantined) - len(kept_out)
        staged.source_rows[name] = reader.rows + before
        self.flags += reader.flags()

    def _plan(self, name: str, tables: Sequence[Table]) -> list[tuple[Table, Columns]]:
        """Each table with its columns; custom fields of the same name in several files are one column."""
        plan: list[tuple[Table, Columns]] = []
        spelled: dict[str, str] = {}
        for table in tables:
            if fault := header_fault(table):
                self.faults.append(f"{table.shown}: the header cannot be used: {fault}")
                continue
            columns = assign_columns(table.header, name, self.source.columns.get(name), table.sample)
            pin = f"pin one with source.columns.{name}"
            self.faults += [f"{table.shown}: {problem}; {pin}" for problem in columns.problems]
            self.flags += [Flag(table.shown, table.line, "header", note) for note in columns.notes]
            self._flag_text(table)
            if not columns.problems:
                plan.append((table, _spell_alike(columns, name, spelled)))
        return plan

    def _flag_text(self, table: Table) -> None:
        if table.form.encoding not in {"utf-8", "utf-8 with BOM", "utf-16", "xlsx"}:
            self.flags.append(Flag(table.shown, 1, "encoding", f"read as {table.form.encoding}"))
        if table.form.escaped:
            self.flags.append(Flag(table.shown, 1, "quotes", "backslashes escape the quotes; they were taken off"))
        for line, text in table.form.mojibake:
            # The sample may be of a person who must stand nowhere.
            sample = "" if self.source.erased else f": {text!r}"
            self.flags.append(Flag(table.shown, line, "mojibake", f"looks wrongly decoded before it came here{sample}"))
        for cells, line in table.merged().items():
            if line > table.line:
                said = f"{cells} are one merged cell: only the first of its rows has the value"
                self.flags.append(Flag(table.shown, line, "merged", said))
        for line in table.above:
            self.flags.append(Flag(table.shown, line, "header", "a row above the header, left out"))
        for at, cell in enumerate(table.header, start=1):
            if not cell:
                self.flags.append(Flag(table.shown, table.line, "header", f"column {at} has no name"))

    def _check_pins(self, tables: Mapping[str, Sequence[Table]]) -> None:
        for name, pins in self.source.columns.items():
            for column, header in pins.items():
                if column not in all_columns(name):
                    self.faults.append(
                        f"source.columns.{name}.{column}: no such column; there are {', '.join(all_columns(name))}"
                    )
                elif not any(
                    header_key(header) == header_key(cell)
                    for table in tables.get(name, [])
                    for cell in (*table.header, *numbered(table.header))
                ):
                    self.faults.append(f"source.columns.{name}.{column}: no file of {name} has a column {header!r}")
        for name in self.source.files:
            if name not in tables:
                self.faults.append(f"source.files.{name}: no file fits {self.source.files[name]!r}")

    def _stop_on_faults(self) -> None:
        if self.faults:
            raise BadInput("\n".join(dict.fromkeys(self.faults)))

    def _read(self, name: str, plan: Sequence[tuple[Table, Columns]]) -> Reader:
        wanted = {column for _, columns in plan for column in columns.names if column}
        known = [column for column in all_columns(name) if column in wanted]
        custom = list(dict.fromkeys(c for _, columns in plan for c in columns.names if c and c not in known))
        reader = Reader(name, TableWriter(self.target / f"{name}.parquet", known + custom), self.source.erased)
        for table, columns in plan:
            try:
                reader.read(table, columns)
            except BadInput as error:
                self.faults.append(str(error))
        return reader

    def _keep_attachments(self, attachments: Sequence[Found], staged: Staged) -> None:
        (self.target / ATTACHMENTS).mkdir(mode=0o700)
        for file in attachments:
            sha = staged.attachments[file.shown] = file.sha256()
            shutil.copyfile(file.path, self.target / ATTACHMENTS / sha)


def _names_gone(named: set[str], staged: Staged) -> set[str]:
    """The names of attached files that only rows of erased people name."""
    if not staged.erased_rows.get("files"):
        return set()
    return {base_name(path) for path in named} - {base_name(row.get("path", "")) for row in staged.rows("files")}


def _spell_alike(columns: Columns, name: str, spelled: dict[str, str]) -> Columns:
    known = set(all_columns(name))
    used = Counter(header_key(column) for column in columns.names if column not in known)
    names = [
        column
        if not column or column in known or used[header_key(column)] > 1
        else spelled.setdefault(header_key(column), column)
        for column in columns.names
    ]
    return Columns(tuple(names), columns.merged, columns.notes, columns.problems)
