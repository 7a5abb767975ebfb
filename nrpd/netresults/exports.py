"""The tables of a file: what kind it is by its name and its first bytes, where its header is, and what it could hold.

`book.xlsx!Sheet` where a book has several sheets, `data.json!key` where a file holds several lists.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from nrpd.errors import BadInput
from nrpd.netresults import delimited, documents, workbooks
from nrpd.netresults.encodings import find_encoding, is_mojibake
from nrpd.netresults.files import Found
from nrpd.netresults.objects import fitting_objects
from nrpd.netresults.records import OBJECT_COLUMNS, email_key, has_at, visible
from nrpd.netresults.shape import FURTHEST, header_at

SAMPLE_ROWS = 200
_TEXT = frozenset({".csv", ".tsv", ".tab", ".psv"})
_JSON = frozenset({".json", ".jsonl", ".ndjson"})
_BOOKS = frozenset({".xlsx", ".xlsm"})
_PERHAPS = re.compile(r"|\.(?:txt|dat|lst|list|asc|out|bak|old|[\d_-]+)")
"""Endings of files that are tables only if their header says so."""
_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
"""How the old binary form of Excel and how a zip begins, whatever the file is called."""


@dataclass(frozen=True)
class Form:
    """How a file was read. `mojibake` are (line, sample) of text that looks wrongly decoded before it came here."""

    sha256: str
    encoding: str
    delimiter: str
    mojibake: tuple[tuple[int, str], ...] = ()
    ragged: bool = False
    """Short rows are right: the kind of file leaves out blank cells at the end."""
    perhaps: bool = False
    """Of a kind (`.txt`) that is a table only if its header says so."""
    hidden: bool = False
    """A sheet that people do not see: read only if `source.files` names it."""
    escaped: bool = False
    """Quotes are escaped by backslashes."""


Opener = Callable[[], Iterator[delimited.Record]]
"""Opens a table anew: (line, cells) of each record below the header."""


@dataclass(frozen=True)
class Table:
    """One table: a delimited or JSON file or a sheet. `objects` are those that it could hold."""

    shown: str
    form: Form
    header: tuple[str, ...]
    objects: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    rows: Opener
    line: int = 1
    """Where the header stands."""
    above: tuple[int, ...] = ()
    """Lines of the rows above it: a title, a date, names of groups of columns."""
    faults: Callable[[], Mapping[int, str]] = dict
    """Opens the lines whose cells cannot be read, with the reason."""
    merged: Callable[[], Mapping[str, int]] = dict
    """Opens the merged cells over several lines, with their first line."""


def pinned_object(shown: str, files: Mapping[str, str | Sequence[str]]) -> str | None:
    """The object that `source.files` pins this file (or sheet) to. Raises BadInput where two patterns fit."""
    whole = shown.lower()
    file = whole.split("!")[0]
    parts = {whole, file, whole.rsplit("!", 1)[-1], whole.rsplit("/", 1)[-1], file.rsplit("/", 1)[-1]}
    hits = [
        name
        for name, patterns in files.items()
        for pattern in ([patterns] if isinstance(patterns, str) else patterns)
        if any(fnmatch.fnmatchcase(part, pattern.lower()) for part in parts)
    ]
    if len(set(hits)) > 1:
        raise BadInput(
            f"{shown}: source.files pins it to {' and '.join(sorted(set(hits)))}. Make the patterns narrower."
        )
    return hits[0] if hits else None


def open_tables(found: Found, pinned: bool = False) -> list[Table]:
    """The tables of one file, none where it is an attachment. Raises BadInput where a table cannot be read."""
    suffix = found.path.suffix.lower()
    if suffix in _BOOKS | _TEXT | {".xls"} or pinned:
        with found.path.open("rb") as stream:
            start = stream.read(512)
        if start.startswith(_ZIP):
            return _book(found)
        if start.startswith(_OLE) or suffix in _BOOKS or (suffix == ".xls" and _is_markup(start)):
            raise BadInput(
                f"{found.shown}: this form of Excel is not read. Save it as .xlsx without a password, or .csv."
            )
    if suffix in _JSON:
        return _json(found)
    if suffix in _TEXT | {".xls"} or pinned:
        return _delimited(found, perhaps=False)
    if _PERHAPS.fullmatch(suffix):
        try:
            return _delimited(found, perhaps=True)
        except BadInput:
            return []
    return []


def _is_markup(start: bytes) -> bool:
    return start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _delimited(found: Found, perhaps: bool) -> list[Table]:
    text = find_encoding(found.path, found.shown)
    dialect = delimited.find_dialect(found.path, text, found.shown)
    rows = partial(delimited.records, found.path, text, dialect, found.shown)
    if next(rows(), None) is None:
        if perhaps:
            return []
        raise BadInput(f"{found.shown}: the file is empty. Export it again or take it out.")
    form = Form(text.sha256, text.label, dialect.delimiter, text.mojibake, perhaps=perhaps, escaped=dialect.escaped)
    return [_located(found.shown, form, rows)]


def _json(found: Found) -> list[Table]:
    text = find_encoding(found.path, found.shown)
    form = Form(text.sha256, text.label, "json", text.mojibake, ragged=True)
    tables = []
    for name, document in documents.json_tables(found.path, text.codec, found.shown).items():
        shown = f"{found.shown}!{name}" if name else found.shown
        table = _table(shown, form, document.header, partial(iter, document.rows), document.faults)
        tables.append(replace(table, faults=partial(dict, document.faults)))
    return tables


def _book(found: Found) -> list[Table]:
    sheets = workbooks.sheets_of(found.path, found.shown)
    form = Form(found.sha256(), "xlsx", "", ragged=True)
    several = sum(not sheet.hidden for sheet in sheets) > 1
    tables = []
    for sheet in sheets:
        shown = f"{found.shown}!{sheet.title}" if several or sheet.hidden else found.shown
        table = _located(shown, replace(form, hidden=sheet.hidden), sheet.rows)
        # A sheet has no record length: what stands right of the header is a column without a name.
        wider = max(map(len, table.sample), default=0) - len(table.header)
        header = table.header + ("",) * max(0, wider)
        tables.append(replace(table, header=header, faults=sheet.faults, merged=sheet.merged))
    return tables


def _located(shown: str, form: Form, rows: Opener) -> Table:
    """A table whose header is among its first rows."""
    first = list(islice(_safely(rows), FURTHEST))
    at = header_at(row for _, row in first)
    if not first:  # a fault in the first record: it is reported when the file is read
        return _table(shown, form, (), rows)
    table = _table(shown, form, first[at][1], partial(_below, rows, at + 1))
    return replace(table, line=first[at][0], above=tuple(line for line, _ in first[:at]))


def _safely(rows: Opener) -> Iterator[delimited.Record]:
    with suppress(BadInput):  # a fault further down is reported when the whole file is read
        yield from rows()


def _below(rows: Opener, skip: int) -> Iterator[delimited.Record]:
    return islice(rows(), skip, None)


def _table(
    shown: str, form: Form, header: Sequence[str], rows: Opener, faults: Mapping[int, str] | None = None
) -> Table:
    names = tuple(visible(cell) for cell in header)
    sample = tuple(tuple(row) for line, row in islice(_safely(rows), SAMPLE_ROWS) if not faults or line not in faults)
    fits = fitting_objects(names, sample, shown) if any(names) else []
    return Table(shown, form, names, tuple(fits), sample, rows)


def header_fault(table: Table) -> str:
    """Why the header of a table cannot be used; blank where it can."""
    if not any(table.header):
        return "its first line names no column"
    if wrong := next((cell for cell in table.header if is_mojibake(cell)), ""):
        return f"{wrong!r} looks wrongly decoded before it came here; export the file again as UTF-8"
    if holds_address(table):
        return "its first line holds an e-mail address, so it is data and no header; add a header line"
    if len(table.header) == 1 and any(mark in table.header[0] for mark in delimited.DELIMITERS):
        return f"its header is one column, {table.header[0]!r}; the delimiter was not found"
    return ""


def holds_address(table: Table) -> bool:
    """Whether the first line of a table is data: a list of addresses without a header."""
    return any(email_key(cell) for cell in table.header)


def lists_addresses(table: Table) -> bool:
    """Whether at least every other row of a table is about an address, whatever its first line says."""
    rows = [row for row in table.sample if any(row)]
    return bool(rows) and 2 * sum(any(map(email_key, row)) for row in rows) >= len(rows)


def is_remarks(table: Table) -> bool:
    """Whether this is a sheet, beside others, of lines for people to read: one cell in each row, and no address."""
    rows = [row for row in (table.header, *table.sample) if any(row)]
    return (
        table.form.encoding == "xlsx" and "!" in table.shown and not table.objects and len(rows) < SAMPLE_ROWS
        and all(sum(1 for cell in row if cell) == 1 for row in rows) and not any(has_at(c) for row in rows for c in row)
    )  # fmt: skip


def advice(table: Table) -> str:
    """What a person can do about a table that fits no object or several."""
    known = ", ".join(repr(cell) for cell in table.header[:8])
    fits = f"could be {' or '.join(table.objects)}" if table.objects else "fits no object"
    name = table.objects[0] if table.objects else "contacts"
    return f"{table.shown} ({known}) {fits}; say in source.files, e.g. {name}: {table.shown.rsplit('/', 1)[-1]!r}"


def check_settings(files: Mapping[str, object], columns: Mapping[str, Mapping[str, str]]) -> None:
    """Raise BadInput where source.files or source.columns name an object that there is not."""
    for key, named in (("files", files), ("columns", columns)):
        for name in named:
            if name not in OBJECT_COLUMNS:
                raise BadInput(f"source.{key}: {name!r} is no object; the objects are {', '.join(OBJECT_COLUMNS)}.")
