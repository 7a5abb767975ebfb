"""Which column a header names, and how the headers of one file share out the columns. Pure functions.

Names are compared without case, accents, spaces and punctuation (design.md, "Source"). Only whole names count, never
parts or likeness: `Email Status` is no e-mail column because it holds the word. What is not known is a custom field.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from nrpd.netresults.header_rules import read_by_rule
from nrpd.netresults.records import (
    ID_COLUMN,
    NO_WORDS,
    OBJECT_COLUMNS,
    SUPPRESSION_COLUMNS,
    YES_WORDS,
    visible,
)
from nrpd.netresults.synonyms import NOT_AFTER_PREFIX, PREFIXES, SYNONYMS
from nrpd.netresults.words import MEANINGS, words_of

_SETTLED_BY_VALUES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("optin", "optedin", "emailoptin", "emailoptedin", "marketingoptin", "newsletteroptin", "isoptedin"),
        ("consent", "opt_in_date"),
    ),
    **dict.fromkeys(("bounce", "emailbounce", "rebote", "rebond"), ("bounced", "bounced")),
}
"""Key of a header that alone says too little → the column that it is where all its values are yes and no, and where
all are dates. Of anything else (a count of bounces, a text) it is a custom field."""
_YES_NO = NO_WORDS | YES_WORDS
_DATE_LIKE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|\d{9,13}$")
_USUAL = 2
_SEND_TIMES = frozenset({"sent", "opened", "clicked", "bounced"})


def header_key(header: str) -> str:
    """`header` without case, accents, spaces and punctuation: `E-Mail Adresse` → `emailadresse`."""
    text = unicodedata.normalize("NFKD", visible(header)).casefold()
    return "".join(c for c in text if c.isalnum() and not unicodedata.combining(c))


@cache
def _index(object_name: str) -> Mapping[str, tuple[str, int]]:
    """Key → (column, rank) of one object: 0 the column's own name, 1 its usual labels (the first two), 2 any other."""
    index: dict[str, tuple[str, int]] = {}
    columns = SYNONYMS[object_name]
    for column in columns:
        index[header_key(column)] = (column, 0)
    for column, names in columns.items():
        for number, name in enumerate(names):
            index.setdefault(header_key(name), (column, 1 if number < _USUAL else 2))
    return index


@lru_cache(maxsize=16_384)
def _look_up(header: str, object_name: str) -> tuple[str, int] | None:
    """(column, rank) for a header of `object_name`, trying it whole, then by its words, then without a prefix."""
    index, key = _index(object_name), header_key(header)
    if key in index:
        return index[key]
    if found := read_by_rule(words_of(header), object_name, MEANINGS):
        return found[0], _USUAL + found[1]
    for prefix in PREFIXES.get(object_name, ()):
        short = header_key(prefix)
        rest = key.removeprefix(short)
        if rest != key and rest in index and rest not in NOT_AFTER_PREFIX:
            return index[rest][0], 3
    return None


def recognise_header(header: str, object: str | None = None, values: Sequence[str] = ()) -> str | None:
    """The design's column that `header` names in a file of `object`, or None for a custom field.

    `SUPPRESSION_COLUMNS` are among the columns of contacts. `values` (cells of the column) settle the few names that
    mean different things: a bare `Opt-in` of yes and no is consent, of dates is the opt-in date, else custom; a bare
    `Bounce` of yes and no or of dates is suppression, of numbers a count.
    Without `object` the answer is given only if every object that knows the name agrees on it.
    """
    if object is None:
        found = {hit[0] for name in SYNONYMS if (hit := _look_up(header, name))}
        return found.pop() if len(found) == 1 else None
    if object not in SYNONYMS:
        return None
    hit = _look_up(header, object)
    if hit is None:
        return _by_values(header, values) if object == "contacts" else None
    if object == "email_sends" and header_key(header) in _SEND_TIMES and _filled(values) and not _all_dates(values):
        return None
    return hit[0]


def _by_values(header: str, values: Sequence[str]) -> str | None:
    flag, dated = _SETTLED_BY_VALUES.get(header_key(header), ("", ""))
    if not flag or not _filled(values):
        return None
    if all(value.casefold() in _YES_NO for value in _filled(values)):
        return flag
    return dated if _all_dates(values) else None


def _filled(values: Sequence[str]) -> list[str]:
    return [text for value in values if (text := value.strip())]


def _all_dates(values: Sequence[str]) -> bool:
    return all(_DATE_LIKE.match(value) for value in _filled(values))


@dataclass(frozen=True)
class Columns:
    """How the headers of one file become columns: `names[i]` for header `i`, blank where merged into another."""

    names: tuple[str, ...]
    merged: Mapping[str, tuple[int, ...]]
    """Suppression column → positions of all headers that say it, where there are several."""
    notes: tuple[str, ...]
    """What was decided and a person should know."""
    problems: tuple[str, ...]
    """What only `source.columns` can settle."""


def assign_columns(
    headers: Sequence[str], object: str, pins: Mapping[str, str] | None = None, rows: Sequence[Sequence[str]] = ()
) -> Columns:
    """Give each header of a file of `object` its column. A custom field keeps its header as name, made unique.

    `pins` is `source.columns` of this object: column → header. `rows` are sample records. Of several headers for one
    column the most specific name takes it and the others become custom fields; where two are equally good for an
    e-mail or id column, that is a problem; several opt-out columns are all kept (`merged`).
    """
    names: list[str | None] = [None] * len(headers)
    shown = numbered(headers)
    merged: dict[str, tuple[int, ...]] = {}
    notes: list[str] = []
    problems: list[str] = []
    for column, bids in _claims(headers, object, pins or {}, rows).items():
        bids.sort()
        at, others = bids[0][1], [position for _, position in bids[1:]]
        names[at] = column
        if not others:
            continue
        written = " and ".join(repr(shown[position]) for position in (at, *others))
        if column in SUPPRESSION_COLUMNS:
            merged[column] = (at, *others)
            for position in others:
                names[position] = ""
            notes.append(f"{written} are all read as {column}: the strictest cell of a row counts")
        elif bids[0][0] == bids[1][0] and column in _keys(object):
            problems.append(f"{written} could each be {column}")
        else:
            notes.append(f"{written} can name {column}: {shown[at]!r} is taken, the others are custom fields")
    return Columns(_name_custom(headers, names), merged, tuple(notes), tuple(problems))


def _keys(object_name: str) -> set[str]:
    return {"email", "contact_id", "company_id", "campaign_id", ID_COLUMN.get(object_name, "email")}


def numbered(headers: Sequence[str]) -> tuple[str, ...]:
    """The headers as messages and pins tell them apart: the second `Email` of a file is `Email (2)`."""
    seen: Counter[str] = Counter()
    names = []
    for header in headers:
        key = header_key(header)
        seen[key] += 1
        names.append(header if not key or seen[key] == 1 else f"{header} ({seen[key]})")
    return tuple(names)


def _claims(
    headers: Sequence[str], object_name: str, pins: Mapping[str, str], rows: Sequence[Sequence[str]]
) -> dict[str, list[tuple[int, int]]]:
    """Column → [(rank, position)]; a pinned header claims its column only, and nobody else may."""
    keys = [header_key(name) for name in numbered(headers)]
    pinned = {header_key(header): column for column, header in pins.items()}
    here = {pinned[key] for key in keys if key in pinned}
    claims: dict[str, list[tuple[int, int]]] = {}
    for at, header in enumerate(headers):
        if column := pinned.get(keys[at]):
            claims.setdefault(column, []).append((-1, at))
            continue
        values = [row[at] for row in rows if at < len(row)]
        found = recognise_header(header, object_name, values)
        if found and found not in here:
            hit = _look_up(header, object_name)
            claims.setdefault(found, []).append((hit[1] if hit else 99, at))
    return claims


def _name_custom(headers: Sequence[str], names: Sequence[str | None]) -> tuple[str, ...]:
    taken = {name.casefold() for name in names if name} | {"row_file", "row_line"}
    named: list[str] = []
    for at, header in enumerate(headers):
        name = names[at]
        if name is None:
            base = visible(header) or f"column {at + 1}"
            name, number = base, 2
            while name.casefold() in taken:
                name, number = f"{base} ({number})", number + 1
            taken.add(name.casefold())
        named.append(name)
    return tuple(named)


def all_columns(object: str) -> tuple[str, ...]:
    """The design's columns of `object`, with the suppression columns where a file of it may have them."""
    return OBJECT_COLUMNS[object] + (SUPPRESSION_COLUMNS if object == "contacts" else ())
