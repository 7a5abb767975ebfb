"""Delimited text: delimiter found, records read by the strict CSV parser, each with the line where it starts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from nrpd.errors import BadInput
from nrpd.netresults.encodings import TextForm
from nrpd.netresults.shape import FURTHEST, header_at, known_names

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 400
_FIELD_LIMIT = 1 << 26
_CHUNK = 1 << 22
_BACKSLASH = re.compile(r"\\(.?)", re.DOTALL)
_END = "\x1a"
"""How old programs end a text file."""
Record = tuple[int, list[str]]
"""(first physical line, cells)."""


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    skip: int
    """Physical lines before the first record: a `sep=;` line of Excel."""
    spaced: bool = False
    """Blanks stand between a delimiter and the quote that follows it (`"a", "b"`): they belong to neither cell."""
    escaped: bool = False
    """A quote inside of a cell is escaped by a backslash, not doubled."""


def records(path: Path, form: TextForm, dialect: Dialect, shown: str) -> Iterator[Record]:
    """All records, with what stands above the header; blank lines are none. Raises BadInput for unbalanced quotes."""
    csv.field_size_limit(_FIELD_LIMIT)
    with path.open(encoding=form.codec, errors=form.errors, newline="") as stream:
        _skip_marks(stream)
        for _ in range(dialect.skip):
            stream.readline()
        reader = csv.reader(
            stream, delimiter=dialect.delimiter, strict=True, skipinitialspace=dialect.spaced,
            escapechar="\\" if dialect.escaped else None,
        )  # fmt: skip
        line = dialect.skip + 1
        try:
            for row in reader:
                if row and row != [_END]:
                    yield line, row
                line = dialect.skip + reader.line_num + 1
        except csv.Error as error:
            raise BadInput(
                f"{shown}: line {line}: a quote is unbalanced ({error}). "
                "Correct the file or export it again; nothing of it is read."
            ) from None
        except UnicodeDecodeError as error:
            raise BadInput(f"{shown}: after line {line}: not readable as {form.label} ({error.reason}).") from None


def _skip_marks(stream: io.TextIOBase | io.TextIOWrapper) -> None:
    """Byte order marks, however many, before the first character."""
    at = stream.tell()
    while stream.read(1) == "\ufeff":
        at = stream.tell()
    stream.seek(at)


def find_dialect(path: Path, form: TextForm, shown: str) -> Dialect:
    """The delimiter under which the header names most known columns, then the most records have its length.

    A header of one cell under every delimiter is judged by the whole file, since only a later record can tell.
    Quotes may be escaped by backslashes, as databases and PHP write them, if the file can be read in no other way.
    """
    plain = _find_delimiter(path, form, shown)
    if not form.escapes or _is_readable(path, form, plain, shown):
        return plain
    escaped = _find_delimiter(path, form, shown, escaped=True)
    if _escapes_only(path, form, escaped.delimiter) and _is_readable(path, form, escaped, shown):
        return escaped
    return plain


def _is_readable(path: Path, form: TextForm, dialect: Dialect, shown: str) -> bool:
    try:
        return all(True for _ in records(path, form, dialect, shown))
    except BadInput:
        return False


def _escapes_only(path: Path, form: TextForm, delimiter: str) -> bool:
    """Whether every backslash stands before what needs one: else it is text, as in `C:\\temp`."""
    needed = {"\\", '"', "'", delimiter, "\r", "\n"}
    with path.open(encoding=form.codec, errors=form.errors, newline="") as stream:
        while text := stream.read(_CHUNK):
            while len(text) - len(text.rstrip("\\")) & 1 and (more := stream.read(1)):
                text += more
            if any(found.group(1) not in needed for found in _BACKSLASH.finditer(text)):
                return False
    return True


def _find_delimiter(path: Path, form: TextForm, shown: str, escaped: bool = False) -> Dialect:
    with path.open(encoding=form.codec, errors=form.errors, newline="") as stream:
        _skip_marks(stream)
        hint = stream.readline().rstrip("\r\n").strip(' "')
    if len(hint) == 5 and hint.lower().startswith("sep=") and hint[4] in DELIMITERS:
        return _spaced(path, form, Dialect(hint[4], 1, escaped=escaped), shown)
    dialects = [Dialect(delimiter, 0, escaped=escaped) for delimiter in DELIMITERS]
    scores = {d: _score(path, form, d, shown, _SAMPLE) for d in dialects}
    if all(score[2] <= 1 for score in scores.values()):
        scores = {d: _score(path, form, d, shown, None) for d in dialects}
    return _spaced(path, form, max(dialects, key=lambda d: scores[d]), shown)


def _spaced(path: Path, form: TextForm, dialect: Dialect, shown: str) -> Dialect:
    """The dialect with `spaced` where blanks begin every name of the header but the first, and come before quotes."""
    try:
        rows = [row for _, row in islice(records(path, form, dialect, shown), FURTHEST)]
    except BadInput:
        return dialect
    names = rows[header_at(rows)][1:] if rows else []
    quoted = any(cell[:1] == " " and cell.lstrip()[:1] == '"' for row in rows for cell in row)
    return replace(dialect, spaced=quoted and bool(names) and all(name[:1] == " " for name in names))


def _score(path: Path, form: TextForm, dialect: Dialect, shown: str, limit: int | None) -> tuple[int, float, int, int]:
    """(known names in the header, share of records as long as the header, cells of the header, minus those that begin
    with a blank: a comma before one is more likely part of a name)."""
    rows = (row for _, row in islice(records(path, form, dialect, shown), None if limit is None else limit + 1))
    first: list[list[str]] = []
    count = same = 0
    header: list[str] = []
    try:
        first.extend(islice(rows, FURTHEST))
        at = header_at(first)
        header, below = first[at] if first else [], first[at + 1 :]
        for row in chain(below, rows):
            count += 1
            same += len(row) == len(header)
    except BadInput:
        count += 1
        header = header or (first[0] if first else [])
    blanks = sum(name[:1] == " " for name in header[1:])
    return known_names(header), same / count if count else 1.0, len(header), -blanks
