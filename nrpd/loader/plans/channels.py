"""Whose the entries of a list are: nrpd's, or people's. Pure functions.

E-mails and phones are sent as whole lists, with what stood there already. So it takes all writes of a record to tell
what nrpd itself added.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from nrpd.mapping.convert import CONVERTERS, Context
from nrpd.mapping.dates import DoesNotFit
from nrpd.mapping.transform import apply
from nrpd.matching.duplicates import channel_key
from nrpd.pipedrive.records import MappingRow, Target

PERSON_LISTS: Mapping[str, str] = {"emails": "email", "phones": "work_phone"}
"""List → a transform that reads its entries out of a cell."""

Write = tuple[Mapping[str, Any], Mapping[str, Any]]
"""What stood in the fields before a write, and what was written."""


def added(history: Iterable[Write], name: str) -> tuple[set[str], set[str]]:
    """Keys of the entries that nrpd's writes to one record added to a list, and of those that people added after the
    first. `history`: the writes, oldest first."""
    ours, theirs, first = set[str](), set[str](), set[str]()
    for n, (before, written) in enumerate(pair for pair in history if name in pair[1]):
        stood, sent = keys(name, before.get(name)), keys(name, written[name])
        if n == 0:
            first = stood
        theirs |= stood - ours - first
        ours = (ours | (sent - stood)) - (stood - sent)
    return ours, theirs


def keys(name: str, entries: Sequence[Mapping[str, Any]] | None) -> set[str]:
    """What the entries of a list are known by."""
    return {channel_key(name, entry) for entry in entries or ()}


def is_mapped(row: MappingRow, name: str) -> bool:
    """Whether the map puts a column into this list of persons."""
    return (row.target.entity, row.target.field) == ("person", name) and row.transform in CONVERTERS


def as_if_mapped(row: MappingRow, name: str) -> MappingRow:
    """The row of a column as a map would have it that puts it into this list."""
    return replace(row, target=Target("person", name, name, False), transform=PERSON_LISTS[name])


def entries_in(
    cells: Mapping[str, str], files: Mapping[str, str], rows: Iterable[MappingRow], name: str, context: Context
) -> set[str]:
    """Keys of what these rows of the map put into a list. `cells`: column → text; `files`: column → file."""
    found = set[str]()
    for row in rows:
        with suppress(DoesNotFit):
            found |= keys(name, apply(row, cells.get(row.column, ""), context, files.get(row.column, "")))
    return found


def without(name: str, entries: Sequence[Mapping[str, Any]], gone: Collection[str]) -> tuple[Mapping[str, Any], ...]:
    """A list without the entries of these keys."""
    return tuple(entry for entry in entries if channel_key(name, entry) not in gone)
