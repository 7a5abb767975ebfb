"""From a folder of exports to staged tables: every record checked, no text altered, nothing lost without a reason."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from nrpd.errors import BadInput
from nrpd.netresults.exports import (
    Found,
    Table,
    advice,
    check_settings,
    find_files,
    find_given,
    header_fault,
    open_tables,
    pinned_object,
    same_header,
)  # fmt: skip
from nrpd.netresults.headers import Columns, all_columns, assign_columns, header_key
from nrpd.netresults.reading import Reader
from nrpd.netresults.records import OBJECT_COLUMNS, Quarantined
from nrpd.netresults.staged import ATTACHMENTS, DESCRIPTION, Flag, Given, Staged, StagedFile, load_staged
from nrpd.netresults.tablewriter import TableWriter

__all__ = ["Flag", "Source", "Staged", "StagedFile", "load_staged", "stage"]

HTML = (".html", ".htm")
VERSION = 1
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


def stage(source: Source, folder: Path, given: Given | None = None) -> Staged:
    """Stage the export of `source`, and what an API gave, into `folder`; or return what is there if nothing changed.

    Rows of both are put together (what is one record becomes one later, by its id), except that e-mail sends and
    templates of the export win: the events of an API may not carry the id of their send. `source.erased` holds
    `address_hash` values. The folder is replaced as a whole, after everything was read.
    Raises BadInput for all faults of all files together: what they are, where, and which setting helps.
    """
    check_settings(source.files, source.columns)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _scratch(folder.parent) as scratch:
        (scratch / "zips").mkdir()
        found, inputs = _find(source, given, scratch / "zips")
        digest = _digest(source, given, inputs)
        if (folder / DESCRIPTION).exists() and (current := load_staged(folder)).digest == digest:
            return current
        target = scratch / "staged"
        target.mkdir(mode=0o700)
        _Run(source, given or Given(target), target).all(found, digest, inputs).save(target)
        _replace(target, folder)
    return load_staged(folder)


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix=".staging-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _find(source: Source, given: Given | None, zips: Path) -> tuple[list[Found], dict[str, str]]:
    found, inputs = find_files(Path(source.export), zips) if source.export else ([], {})
    if given is None:
        return found, inputs
    more, hashes = find_given(given.folder)
    if both := sorted({file.shown for file in found} & hashes.keys()):
        raise BadInput(f"{both[0]}: the API's files are shown under this name. Rename the folder of the export.")
    return [*found, *more], inputs | hashes


def _digest(source: Source, given: Given | None, inputs: Mapping[str, str]) -> str:
    what = {
        "version": VERSION, "inputs": inputs, "files": {k: str(v) for k, v in source.files.items()},
        "columns": {k: dict(v) for k, v in source.columns.items()}, "erased": sorted(source.erased),
        **({"erased_before": dict(given.erased)} if given else {}),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _replace(new: Path, folder: Path) -> None:
    """Put `new` in place of `folder`; a crash in between leaves no folder, and the next run stages again."""
    old = new.parent / "old"
    if folder.exists():
        folder.rename(old)
    new.rename(folder)


class _Run:
    """One staging: what was found so far, and every fault, reported together at the end."""

    def __init__(self, source: Source, given: Given, target: Path) -> None:
        self.source, self.given, self.target = source, given, target
        self.faults: list[str] = []
        self.flags: list[Flag] = list(given.flags)
        self.attachments: dict[str, str] = {}

    def all(self, found: Sequence[Found], digest: str, inputs: dict[str, str]) -> Staged:
        tables = self._sort(found)
        plans = {name: self._plan(name, tables[name]) for name in OBJECT_COLUMNS if tables.get(name)}
        self._check_pins(tables)
        self._stop_on_faults()
        readers = {name: self._read(name, plan) for name, plan in plans.items()}
        if self.faults:
            for reader in readers.values():
                reader.writer.abandon()
        self._stop_on_faults()
        erased_ids = set(self.given.erased_ids).union(*(r.erased_ids for r in readers.values() if r.name == "contacts"))
        files: list[StagedFile] = []
        quarantined: list[Quarantined] = []
        source_rows, same_rows, erased_rows = {}, {}, {}
        for name, reader in readers.items():
            same, gone = reader.writer.finish(erased_ids)
            files += reader.files
            quarantined += reader.quarantined
            before = self.given.erased.get(name, 0)
            same_rows[name], erased_rows[name] = same, reader.erased + gone + before
            source_rows[name] = reader.rows + before
        self._keep_attachments(found)
        return Staged(
            self.target,
            digest,
            inputs,
            files,
            quarantined,
            source_rows,
            same_rows,
            erased_rows,
            self.attachments,
            self.flags,
        )

    def _sort(self, found: Sequence[Found]) -> dict[str, list[Table]]:
        """Tables by object; what fits none or several is a fault, unless a files index names it as an attachment."""
        tables: dict[str, list[Table]] = {}
        unclear: list[tuple[Found, Table]] = []
        self._tabular: set[str] = set()
        self._left_out: set[str] = set()
        for file in found:
            if file.holds == "":
                continue
            try:
                opened = open_tables(file, pinned=pinned_object(file.shown, self.source.files) is not None)
                for table in opened:
                    object_name = file.holds or pinned_object(table.shown, self.source.files)
                    object_name = object_name or (table.objects[0] if len(table.objects) == 1 else None)
                    if object_name is None and table.form.perhaps:
                        continue
                    self._tabular.add(file.shown)
                    if object_name is None:
                        unclear.append((file, table))
                    else:
                        tables.setdefault(object_name, []).append(table)
            except BadInput as error:
                self._tabular.add(file.shown)
                self.faults.append(str(error))
        self._resolve(unclear, _named_files(tables.get("files", [])))
        self._choose(found, tables)
        return tables

    def _choose(self, found: Sequence[Found], tables: dict[str, list[Table]]) -> None:
        """E-mail sends and templates are those of the export where it holds any; what the API gave is named."""
        given = {file.shown for file in found if file.holds is not None}
        bodies = [file for file in found if file.shown.lower().endswith(HTML)]
        for name in ("email_sends", "templates"):
            own = [table for table in tables.get(name, []) if table.shown not in given]
            if own or (name == "templates" and any(body.shown not in given for body in bodies)):
                left = [table.shown for table in tables.get(name, []) if table.shown in given]
                tables[name] = own
                self._left_out |= given.intersection(body.shown for body in bodies) if name == "templates" else set()
                self.flags += [Flag(shown, 1, "source", f"left out: the export holds {name} itself") for shown in left]

    def _resolve(self, unclear: Sequence[tuple[Found, Table]], named: set[str]) -> None:
        for file, table in unclear:
            if file.shown in named or file.shown.rsplit("/", 1)[-1].rsplit("!", 1)[-1] in named:
                self._tabular.discard(file.shown)
            else:
                fault = header_fault(table)
                self.faults.append(f"{table.shown}: the header cannot be used: {fault}" if fault else advice(table))

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
            self.flags += [Flag(table.shown, 1, "header", note) for note in columns.notes]
            self._flag_text(table)
            plan.append((table, _spell_alike(columns, name, spelled)))
        return plan

    def _flag_text(self, table: Table) -> None:
        if table.form.encoding not in {"utf-8", "utf-8 with BOM", "utf-16", "xlsx"}:
            self.flags.append(Flag(table.shown, 1, "encoding", f"read as {table.form.encoding}"))
        for line, text in table.form.mojibake:
            self.flags.append(
                Flag(table.shown, line, "mojibake", f"looks wrongly decoded before it came here: {text!r}")
            )
        for at, cell in enumerate(table.header, start=1):
            if not cell:
                self.flags.append(Flag(table.shown, 1, "header", f"column {at} has no name"))

    def _check_pins(self, tables: Mapping[str, Sequence[Table]]) -> None:
        for name, pins in self.source.columns.items():
            for column, header in pins.items():
                if column not in all_columns(name):
                    self.faults.append(
                        f"source.columns.{name}.{column}: no such column; there are {', '.join(all_columns(name))}"
                    )
                elif not any(same_header(header, cell) for table in tables.get(name, []) for cell in table.header):
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

    def _keep_attachments(self, found: Sequence[Found]) -> None:
        (self.target / ATTACHMENTS).mkdir(mode=0o700)
        for file in found:
            if file.shown not in self._tabular | self._left_out:
                sha = self.attachments[file.shown] = file.sha256()
                shutil.copyfile(file.path, self.target / ATTACHMENTS / sha)


def _named_files(tables: Sequence[Table]) -> set[str]:
    """The paths, and the bare names, that the indexes of attached files name."""
    named: set[str] = set()
    for table in tables:
        columns = assign_columns(table.header, "files", None, table.sample).names
        if "path" in columns:
            at = columns.index("path")
            for _, row in table.rows():
                if at < len(row) and row[at]:
                    named |= {row[at], row[at].replace("\\", "/").rsplit("/", 1)[-1]}
    return named


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
