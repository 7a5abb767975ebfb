"""The files of an export: found in folders and zips, told apart as tables and attachments, opened as records.

Paths are shown relative to the export, `a.zip!b.csv` inside a zip, `book.xlsx!Sheet` where a book has several sheets.
"""

from __future__ import annotations

import fnmatch
import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath

from nrpd.errors import BadInput
from nrpd.netresults import delimited, documents
from nrpd.netresults.encodings import find_encoding
from nrpd.netresults.headers import header_key
from nrpd.netresults.objects import fitting_objects
from nrpd.netresults.records import OBJECT_COLUMNS, email_key, visible

SAMPLE_ROWS = 200
GIVEN = "api/"
"""Where the files of an API are shown."""
_TEXT = frozenset({".csv", ".tsv", ".tab", ".psv"})
_JSON = frozenset({".json", ".jsonl", ".ndjson"})
_BOOKS = frozenset({".xlsx", ".xlsm"})
_PERHAPS = frozenset({"", ".txt", ".dat"})
_JUNK = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})
"""What operating systems and Excel leave beside the files of people."""


@dataclass(frozen=True)
class Found:
    """One file of the export, or of what an API gave: where it lies now and the name it is shown under."""

    path: Path
    shown: str
    holds: str | None = None
    """What an API gave: the object, or blank for what is kept as it is. None: to be recognised."""

    def sha256(self) -> str:
        return file_hash(self.path)


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


def file_hash(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find_files(export: Path, scratch: Path) -> tuple[list[Found], dict[str, str]]:
    """All files of the export, zips unpacked into `scratch`; and {path: SHA-256} of what the customer gave."""
    if not export.exists():
        raise BadInput(f"{export}: there is no such export. Correct source.export.")
    given = [export] if export.is_file() else sorted(p for p in export.rglob("*") if p.is_file())
    found: list[Found] = []
    inputs: dict[str, str] = {}
    for path in given:
        shown = path.name if export.is_file() else path.relative_to(export).as_posix()
        if _is_junk(shown):
            continue
        inputs[shown] = file_hash(path)
        inside = "" if path == export else shown + "!"
        found += _unpacked(path, inside, scratch) if path.suffix.lower() == ".zip" else [Found(path, shown)]
    return found, inputs


def find_given(folder: Path) -> tuple[list[Found], dict[str, str]]:
    """The files that an API gave, shown under `api/`, as `find_files` gives those of an export."""
    paths = {f"{GIVEN}{path.relative_to(folder).as_posix()}": path for path in sorted(folder.rglob("*.*"))}
    found = [
        Found(path, shown, path.stem if shown == f"{GIVEN}{path.stem}.csv" and path.stem in OBJECT_COLUMNS else "")
        for shown, path in paths.items()
    ]
    return found, {shown: file_hash(path) for shown, path in paths.items()}


def _is_junk(shown: str) -> bool:
    return any(p in _JUNK or p.startswith(("._", "~$")) for p in PurePosixPath(shown).parts)


def _unpacked(path: Path, prefix: str, scratch: Path) -> list[Found]:
    found: list[Found] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for info in sorted(archive.infolist(), key=lambda i: i.filename):
                if info.is_dir() or _is_junk(info.filename):
                    continue
                target = scratch / f"{len(list(scratch.iterdir()))}{PurePosixPath(info.filename).suffix}"
                with archive.open(info) as source, target.open("wb") as sink:
                    while chunk := source.read(1 << 20):
                        sink.write(chunk)
                shown = prefix + info.filename
                nested = target.suffix.lower() == ".zip"
                found += _unpacked(target, shown + "!", scratch) if nested else [Found(target, shown)]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise BadInput(
            f"{prefix.rstrip('!') or path.name}: not readable as a zip ({error}). Unpack it or export it again."
        ) from None
    return found


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
    if suffix in _BOOKS:
        return _book(found)
    if suffix == ".xls":
        raise BadInput(f"{found.shown}: the old .xls form is not read. Save it as .xlsx or .csv.")
    if suffix in _JSON:
        return _json(found)
    if suffix in _TEXT or pinned:
        return _delimited(found, perhaps=False)
    if suffix in _PERHAPS:
        try:
            return _delimited(found, perhaps=True)
        except BadInput:
            return []
    return []


def _delimited(found: Found, perhaps: bool) -> list[Table]:
    text = find_encoding(found.path, found.shown)
    dialect = delimited.find_dialect(found.path, text, found.shown)

    def rows() -> Iterator[delimited.Record]:
        return islice(delimited.records(found.path, text, dialect, found.shown), 1, None)

    first = next(delimited.records(found.path, text, dialect, found.shown), None)
    if first is None:
        if perhaps:
            return []
        raise BadInput(f"{found.shown}: the file is empty. Export it again or take it out.")
    form = Form(text.sha256, text.label, dialect.delimiter, text.mojibake, perhaps=perhaps)
    return [_table(found.shown, form, first[1], rows)]


def _json(found: Found) -> list[Table]:
    text = find_encoding(found.path, found.shown)
    form = Form(text.sha256, text.label, "json", text.mojibake, ragged=True)
    return [
        _table(f"{found.shown}!{name}" if name else found.shown, form, header, partial(iter, records))
        for name, (header, records) in documents.json_tables(found.path, text.codec, found.shown).items()
    ]


def _book(found: Found) -> list[Table]:
    sheets = documents.xlsx_tables(found.path, found.shown)
    form = Form(found.sha256(), "xlsx", "", ragged=True)
    tables = []
    for title, open_rows in sheets.items():
        shown = f"{found.shown}!{title}" if len(sheets) > 1 else found.shown
        tables.append(_table(shown, form, next(open_rows())[1], partial(_below_header, open_rows)))
    return tables


def _below_header(open_rows: Opener) -> Iterator[delimited.Record]:
    return islice(open_rows(), 1, None)


def _table(shown: str, form: Form, header: Sequence[str], rows: Opener) -> Table:
    names = tuple(visible(cell) for cell in header)
    sample: list[tuple[str, ...]] = []
    with suppress(BadInput):  # a fault further down is reported when the whole file is read
        sample.extend(tuple(row) for _, row in islice(rows(), SAMPLE_ROWS))
    fits = fitting_objects(names, sample, shown) if any(names) else []
    return Table(shown, form, names, tuple(fits), tuple(sample), rows)


def header_fault(table: Table) -> str:
    """Why the header of a table cannot be used; blank where it can."""
    if not any(table.header):
        return "its first line names no column"
    if any(email_key(cell) for cell in table.header):
        return "its first line holds an e-mail address, so it is data and no header; add a header line"
    if len(table.header) == 1 and any(mark in table.header[0] for mark in delimited.DELIMITERS):
        return f"its header is one column, {table.header[0]!r}; the delimiter was not found"
    return ""


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


def same_header(one: str, other: str) -> bool:
    """Whether two headers are the same name."""
    return header_key(one) == header_key(other)
