"""Delimited text: delimiter found, records read by the strict CSV parser, each with the line where it starts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from nrpd.errors import BadInput
from nrpd.netresults.encodings import TextForm
from nrpd.netresults.headers import recognise_header
from nrpd.netresults.records import OBJECT_COLUMNS, visible

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 400
_FIELD_LIMIT = 1 << 26
Record = tuple[int, list[str]]
"""(first physical line, cells)."""


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    skip: int
    """Physical lines before the header: a `sep=;` line of Excel."""


def records(path: Path, form: TextForm, dialect: Dialect, shown: str) -> Iterator[Record]:
    """Header and records; blank lines are no records. Raises BadInput for unbalanced quotes and bad bytes."""
    csv.field_size_limit(_FIELD_LIMIT)
    with path.open(encoding=form.codec, errors=form.errors, newline="") as stream:
        _skip_marks(stream)
        for _ in range(dialect.skip):
            stream.readline()
        reader = csv.reader(stream, delimiter=dialect.delimiter, strict=True)
        line = dialect.skip + 1
        try:
            for row in reader:
                if row:
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
    """
    with path.open(encoding=form.codec, errors=form.errors, newline="") as stream:
        _skip_marks(stream)
        first = stream.readline()
    hint = first.strip().strip('"')
    if len(hint) == 5 and hint.lower().startswith("sep=") and hint[4] in DELIMITERS:
        return Dialect(hint[4], 1)
    scores = {d: _score(path, form, Dialect(d, 0), shown, _SAMPLE) for d in DELIMITERS}
    if all(score[2] <= 1 for score in scores.values()):
        scores = {d: _score(path, form, Dialect(d, 0), shown, None) for d in DELIMITERS}
    return Dialect(max(DELIMITERS, key=lambda d: scores[d]), 0)


def _score(path: Path, form: TextForm, dialect: Dialect, shown: str, limit: int | None) -> tuple[int, float, int]:
    """(known names in the header, share of records as long as the header, cells of the header)."""
    rows = islice(records(path, form, dialect, shown), None if limit is None else limit + 1)
    known, size, count, same = 0, 0, 0, 0
    try:
        for _, row in rows:
            if not size:
                size = len(row)
                known = max(sum(1 for c in row if recognise_header(visible(c), o)) for o in OBJECT_COLUMNS)
            else:
                count += 1
                same += len(row) == size
    except BadInput:
        return known, same / (count + 1), size
    return known, same / count if count else 1.0, size
