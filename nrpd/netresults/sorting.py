"""Which tables hold which object: recognised, pinned by `source.files`, or a fault that a person settles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nrpd.errors import BadInput
from nrpd.netresults.exports import (
    Table,
    advice,
    header_fault,
    holds_address,
    is_remarks,
    lists_addresses,
    open_tables,
    pinned_object,
)
from nrpd.netresults.files import Found
from nrpd.netresults.headers import assign_columns
from nrpd.netresults.staged import Flag

HTML = (".html", ".htm")
_JSON = (".json", ".jsonl", ".ndjson")
_PACKED = (".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst", ".ods", ".numbers", ".xlsb")
"""Kinds of file that may hold tables but are kept as they are."""


class Sorted:
    """The tables of an export by object, what is no table (`attachments`), and what a person has to settle."""

    def __init__(self, found: Sequence[Found], pins: Mapping[str, str]) -> None:
        self.tables: dict[str, list[Table]] = {}
        self.faults: list[str] = []
        self.flags: list[Flag] = []
        self._pins = pins
        self._tabular: set[str] = set()
        self._left_out: set[str] = set()
        self._unclear: list[tuple[Found, str]] = []
        for file in found:
            if file.holds != "":
                self._open(file)
        self.named = named_files(self.tables.get("files", []))
        self._resolve()
        self._choose(found)
        self.attachments = [file for file in found if file.shown not in self._tabular | self._left_out]
        self.flags += [
            Flag(file.shown, 1, "file", "kept as it is, not looked into: unpack it or save it as .csv or .xlsx")
            for file in self.attachments
            if file.shown.lower().endswith(_PACKED) and not self._is_named(file)
        ]
        self.flags += [
            Flag(file.shown, 1, "file", "kept as it is: no list of records was found in it")
            for file in self.attachments
            if file.shown.lower().endswith(_JSON) and file.holds is None and not self._is_named(file)
        ]

    def _open(self, file: Found) -> None:
        try:
            pinned = pinned_object(file.shown, self._pins)
            for table in open_tables(file, pinned=pinned is not None):
                self._take(file, table)
        except BadInput as error:
            self._tabular.add(file.shown)
            self._unclear.append((file, str(error)))

    def _take(self, file: Found, table: Table) -> None:
        if table.form.hidden and pinned_object(table.shown.rsplit("!", 1)[-1], self._pins) is None:
            self._tabular.add(file.shown)
            self.flags.append(
                Flag(table.shown, table.line, "hidden", "a hidden sheet, not read: name it in source.files to read it")
            )
            return
        object_name = file.holds or pinned_object(table.shown, self._pins)
        object_name = object_name or (table.objects[0] if len(table.objects) == 1 else None)
        if object_name is None and table.form.perhaps and not (holds_address(table) or lists_addresses(table)):
            return
        self._tabular.add(file.shown)
        if object_name is None and is_remarks(table):
            self.flags.append(Flag(table.shown, 1, "remarks", "a sheet of remarks, not read: it names no columns"))
        elif object_name is None:
            fault = header_fault(table)
            said = f"{table.shown}: the header cannot be used: {fault}" if fault else advice(table)
            self._unclear.append((file, said))
        else:
            self.tables.setdefault(object_name, []).append(table)

    def _resolve(self) -> None:
        """What fits none or several objects, or cannot be read, is a fault, unless a files index names it."""
        for file, said in self._unclear:
            if self._is_named(file):
                self._tabular.discard(file.shown)
            else:
                self.faults.append(said)

    def _is_named(self, file: Found) -> bool:
        return file.shown in self.named or base_name(file.shown) in self.named

    def _choose(self, found: Sequence[Found]) -> None:
        """E-mail sends and templates are those of the export where it holds any; what the API gave is named."""
        given = {file.shown for file in found if file.holds is not None}
        bodies = [file for file in found if file.shown.lower().endswith(HTML)]
        for name in ("email_sends", "templates"):
            own = [table for table in self.tables.get(name, []) if table.shown not in given]
            if own or (name == "templates" and any(body.shown not in given for body in bodies)):
                left = [table.shown for table in self.tables.get(name, []) if table.shown in given]
                self.tables[name] = own
                self._left_out |= given.intersection(body.shown for body in bodies) if name == "templates" else set()
                self.flags += [Flag(shown, 1, "source", f"left out: the export holds {name} itself") for shown in left]


def named_files(tables: Sequence[Table]) -> set[str]:
    """The paths, and the bare names, that the indexes of attached files name."""
    named: set[str] = set()
    for table in tables:
        columns = assign_columns(table.header, "files", None, table.sample).names
        if "path" in columns:
            at = columns.index("path")
            for _, row in table.rows():
                if at < len(row) and row[at]:
                    named |= {row[at], base_name(row[at])}
    return named


def base_name(path: str) -> str:
    """The name of a file without its folders, and without the zip it is in."""
    return path.replace("\\", "/").rsplit("/", 1)[-1].rsplit("!", 1)[-1]
