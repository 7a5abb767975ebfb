"""Reads the tables of one object record by record: lengths checked, erased people left out, the rest written."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from nrpd.errors import BadInput
from nrpd.netresults.exports import Table
from nrpd.netresults.headers import Columns
from nrpd.netresults.quality import Quality
from nrpd.netresults.records import (
    ID_COLUMN,
    NO_WORDS,
    YES_WORDS,
    Quarantined,
    address_hash,
    emails_in,
    has_at,
    visible,
)
from nrpd.netresults.shape import is_total
from nrpd.netresults.staged import Flag, StagedFile
from nrpd.netresults.tablewriter import BATCH, TableWriter
from nrpd.netresults.whose import OWNERS, address_columns, unnamed

_MAX_WRONG = 20
_MAX_SHARE = 0.01
_MARKS = ("\ufeff", " ")
_ERRORS = frozenset(["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"])
"""What a spreadsheet shows instead of a value."""
_SAID = {
    "erased": "name somebody who was erased, which is taken out",
    "error": "hold a spreadsheet's error and no value; kept as written",
}


class Reader:
    """What came out of the tables of one object, so far."""

    def __init__(self, name: str, writer: TableWriter, erased: frozenset[str]) -> None:
        self.name, self.writer = name, writer
        self.files: list[StagedFile] = []
        self.quarantined: list[Quarantined] = []
        self.rows = self.erased = 0
        self.erased_ids: set[str] = set()
        self._seen: dict[tuple[str, str, str], tuple[int, int]] = {}
        """(file, column, kind) → (first line, cells)."""
        self.quality = Quality(name, writer.columns)
        self._hashes = erased
        self._known: dict[str, bool] = {}

    def read(self, table: Table, columns: Columns) -> None:
        """Read one table. Raises BadInput where it must be given up (design.md, "Source")."""
        with _without_collector():
            self._read(table, columns)

    def _read(self, table: Table, columns: Columns) -> None:
        size, kept_out, count = len(table.header), len(self.quarantined), 0
        prepare, faults, again = self._preparation(columns), table.faults(), table.header[0].lower()
        width = len(again)
        rows: list[list[str]] = []
        lines: list[int] = []
        for line, row in table.rows():
            count += 1
            if line in faults:
                self._wrong(table, columns, line, row, faults[line])
                continue
            first = row[0]
            if (first[:1] in _MARKS or (len(first) == width and first.lower() == again)) and _is_header(
                row, table.header
            ):
                self._wrong(table, columns, line, row, "the header once more: files were joined")
                continue
            if len(row) != size and not (table.form.ragged and len(row) < size):
                self._wrong(table, columns, line, row, f"{len(row)} cells where the header has {size}")
                continue
            if len(rows) == BATCH:
                self._write(table, columns, prepare, rows, lines)
                rows, lines = [], []
            rows.append(row if len(row) == size else row + [""] * (size - len(row)))
            lines.append(line)
        if rows and is_total(rows[-1], size):
            self._wrong(table, columns, lines.pop(), rows.pop(), "a row of totals")
        self._write(table, columns, prepare, rows, lines)
        out = len(self.quarantined) - kept_out
        self.rows += count
        self._judge(table, out, count)
        form = table.form
        headers = {column: table.header[at] for at, column in enumerate(columns.names) if column}
        self.files.append(
            StagedFile(table.shown, form.sha256, self.name, form.encoding, form.delimiter, count, out, headers)
        )

    def _judge(self, table: Table, out: int, count: int) -> None:
        if out > _MAX_WRONG and out > _MAX_SHARE * count:
            first = next(q for q in self.quarantined if q.file == table.shown)
            raise BadInput(
                f"{table.shown}: {out} of {count} records do not fit its header of {len(table.header)} columns or "
                f"cannot be read, the first at line {first.line} ({first.reason}). Export it again, with quotes "
                "around values that hold a delimiter."
            )

    def _wrong(self, table: Table, columns: Columns, line: int, row: Sequence[str], reason: str) -> None:
        addresses = _addresses(row)
        if self._hashes and any(address_hash(address) in self._hashes for address in addresses):
            self.erased += 1
            if row and row[0] and columns.names[0] == "contact_id":
                self.erased_ids.add(row[0])
            return
        self._quarantine(table, columns, line, row, addresses, reason)

    def _quarantine(
        self, table: Table, columns: Columns, line: int, row: Sequence[str], addresses: Sequence[str], reason: str
    ) -> None:
        """Only the first cell of a wrong record surely stands in its own column, so only there an id is read.

        A wrong record of a suppression file suppresses every address in it, so all of them are kept.
        """
        own = columns.names[0] == ID_COLUMN.get(self.name) and bool(row)
        named = "; ".join(dict.fromkeys(addresses if self.name == "suppressions" else addresses[:1]))
        text = [t.encode("utf-8", "replace").decode() for t in (visible(row[0]) if own else "", named)]
        self.quarantined.append(Quarantined(self.name, text[0], text[1], table.shown, line, reason))

    def _preparation(self, columns: Columns) -> Callable[[list[str]], tuple[str, ...]]:
        order = self.writer.order(columns.names)
        if not columns.merged:
            return order

        def merge(row: list[str]) -> tuple[str, ...]:
            cells = list(row)
            for column, places in columns.merged.items():
                cells[places[0]] = strictest(column, [row[at] for at in places])
            return order(cells)

        return merge

    def _write(
        self,
        table: Table,
        columns: Columns,
        prepare: Callable[[list[str]], tuple[str, ...]],
        rows: list[list[str]],
        lines: list[int],
    ) -> None:
        if table.form.encoding == "xlsx":
            self._find_errors(table, columns, rows, lines)
        if self._hashes:
            rows, lines = self._without_erased(table, columns, rows, lines)
        try:
            self._add([prepare(row) for row in rows], lines, table.shown)
        except UnicodeEncodeError:
            fine = [at for at, row in enumerate(rows) if _decodable(row)]
            for at in sorted(set(range(len(rows))).difference(fine)):
                addresses = _addresses([cell for cell in rows[at] if _decodable([cell])])
                reason = f"bytes that are not {table.form.encoding.split(',')[0]}"
                self._quarantine(table, columns, lines[at], rows[at], addresses, reason)
            self._add([prepare(rows[at]) for at in fine], [lines[at] for at in fine], table.shown)

    def _find_errors(self, table: Table, columns: Columns, rows: Sequence[list[str]], lines: Sequence[int]) -> None:
        for line, row in zip(lines, rows, strict=True):
            for at, cell in enumerate(row):
                if cell[:1] == "#" and cell in _ERRORS:
                    self._note("error", table, columns, at, line)

    def _add(self, rows: list[tuple[str, ...]], lines: list[int], file: str) -> None:
        if cells := self.writer.add(rows, lines, file):
            self.quality.look(file, lines, cells)

    def flags(self) -> list[Flag]:
        """What a person should look at."""
        seen = [
            Flag(file, line, kind, f"{column}: {count} cells {_SAID[kind]}")
            for (file, column, kind), (line, count) in self._seen.items()
        ]
        return [*self.quality.flags(), *seen]

    def _note(self, kind: str, table: Table, columns: Columns, at: int, line: int) -> None:
        key = table.shown, columns.names[at] or table.header[at], kind
        first, count = self._seen.get(key, (line, 0))
        self._seen[key] = (first, count + 1)

    def _without_erased(
        self, table: Table, columns: Columns, rows: list[list[str]], lines: list[int]
    ) -> tuple[list[list[str]], list[int]]:
        """Without rows of erased people, known by any of their own addresses.

        What only names somebody erased, as its owner, the manager of a contact or in a text, is not theirs: it stays,
        without the address.
        """
        places = [columns.names.index(name) for name in address_columns(columns.names)]
        id_at = columns.names.index("contact_id") if "contact_id" in columns.names else None
        keep: list[int] = []
        for number, row in enumerate(rows):
            if not any(self._is_erased(row[at]) for at in places):
                keep.append(number)
                self._forget(table, columns, row, lines[number])
                continue
            self.erased += 1
            if id_at is not None and row[id_at]:
                self.erased_ids.add(row[id_at])
        return [rows[n] for n in keep], [lines[n] for n in keep]

    def _forget(self, table: Table, columns: Columns, row: list[str], line: int) -> None:
        """Takes the addresses of erased people out of a row that is not theirs."""
        for at, cell in enumerate(row):
            text = unnamed(cell, self._is_erased)
            if text != cell:
                row[at] = "" if columns.names[at] in OWNERS else text
                self._note("erased", table, columns, at, line)

    def _is_erased(self, cell: str) -> bool:
        if cell not in self._known:
            self._known[cell] = any(address_hash(address) in self._hashes for address in emails_in(cell))
        return self._known[cell]


@contextmanager
def _without_collector() -> Iterator[None]:
    """Rows make no cycles, but so many objects that the cycle collector would take a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _is_header(row: Sequence[str], header: Sequence[str]) -> bool:
    return any(header) and [visible(cell).lower() for cell in row] == [name.lower() for name in header[: len(row)]]


def _addresses(row: Sequence[str]) -> list[str]:
    return [address for cell in row if has_at(cell) for address in emails_in(cell)]


def _decodable(row: Sequence[str]) -> bool:
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        return False
    return True


def strictest(column: str, cells: Sequence[str]) -> str:
    """The cell that suppresses most, of several that say the same thing about one row; its text is not altered.

    A yes (or an unreadable word) wins for `unsubscribed` and `bounced`, a no (or an unreadable word) for `consent`.
    """
    filled = [cell for cell in cells if visible(cell)]
    mild = YES_WORDS if column == "consent" else NO_WORDS
    return next((cell for cell in filled if visible(cell).casefold() not in mild), filled[0] if filled else "")
