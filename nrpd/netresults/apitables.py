"""Writes what an API gave as CSV files, one per object, with the API's own names as header; staging reads them then."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from nrpd.netresults.apirows import column_of, plain_key
from nrpd.netresults.records import SUPPRESSION_COLUMNS

Row = Mapping[str, str]
Rows = Callable[[], Iterable[Row]]
"""Gives all rows anew each time, since there may be too many to be held."""
Contacts = Callable[[], Iterable[tuple[Row, Row]]]
"""(own columns, custom attributes) of each contact, anew each time."""


def write_rows(path: Path, rows: Rows, first: Sequence[str] = ()) -> int:
    """Write a table whose columns are `first` and all that any row has. Without rows there is no file. Returns rows."""
    columns = _Columns(first)
    for row in rows():
        columns.add(row)
    if columns.rows:
        _write(path, columns.names(), rows())
    return columns.rows


def write_contacts(path: Path, contacts: Contacts, attributes: Iterable[str] = ()) -> int:
    """Write contacts, whose custom attributes never take a column that the contact itself has; returns their number.

    `attributes`: names that exist, so that each has its column even where no contact has a value.
    """
    own = _Columns()
    custom = dict.fromkeys(attributes)
    for core, more in contacts():
        own.add(core)
        custom |= dict.fromkeys(more)
    known = own.names() or ["contact_id", "email"]
    names = _custom_names(known, custom)
    columns = [*known, *names.values()]
    _write(path, columns, ({**core, **{names[key]: text for key, text in more.items()}} for core, more in contacts()))
    return own.rows


class _Columns:
    """The columns of a table, as its rows show them."""

    def __init__(self, first: Sequence[str] = ()) -> None:
        self.rows = 0
        self._filled = dict.fromkeys(first, False)

    def add(self, row: Row) -> None:
        self.rows += 1
        for name, text in row.items():
            self._filled[name] = self._filled.get(name, False) or bool(text)

    def names(self) -> list[str]:
        """All columns, but for what is null in some rows and an object (`owner.email`) in others."""
        nested = {name.rsplit(".", 1)[0] for name in self._filled if "." in name}
        return [name for name, filled in self._filled.items() if filled or name not in nested]


def _custom_names(own: Sequence[str], custom: Iterable[str]) -> dict[str, str]:
    """Attribute → header. The API tells a contact's own columns from attributes, which a table of names cannot."""
    keys = {plain_key(name) for name in own}
    taken = {column_of(name, "contacts") for name in own} - {None, *SUPPRESSION_COLUMNS}
    return {
        name: f"{name} (custom attribute)" if plain_key(name) in keys or column_of(name, "contacts") in taken else name
        for name in custom
    }


def _write(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """A lone surrogate, which JSON may hold, becomes bytes that are no UTF-8: staging keeps such a record out."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows([row.get(column, "") for column in columns] for row in rows)


def distinct(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows without repeats."""
    seen: set[tuple[tuple[str, str], ...]] = set()
    for row in rows:
        key = tuple(sorted(row.items()))
        if key not in seen:
            seen.add(key)
            yield row
