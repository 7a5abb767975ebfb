"""Several source rows that are one record: which belong together, and what the one record then says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from nrpd.matching.rows import POSITION, Row, When, blank, content, natural
from nrpd.netresults.records import ROW_FILE, visible

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Conflict:
    """Two rows of one record disagreed: what was kept, what was not, and the ids of the two rows, kept one first."""

    column: str
    kept: str
    other: str
    ids: tuple[str, str]


@dataclass
class Folded:
    """What several rows say as one: blanks are absent; `sources` names the file that each value came from."""

    values: dict[str, str]
    sources: dict[str, str]
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True)
class Rules:
    """How the columns of one object fold. Columns named nowhere: the newest non-blank value wins."""

    id_column: str
    united: Mapping[str, str] = field(default_factory=dict)
    """Column → separator: all parts are kept."""
    oldest: Collection[str] = ("created_at",)
    strictest: Mapping[str, Callable[[str], int]] = field(default_factory=dict)
    """Column → how strict a cell is: the highest figure wins, whatever its age."""
    silent: Collection[str] = ()
    """Columns that differ by nature (ids, addresses, times): no conflict is recorded."""


def components(tokens: Sequence[Iterable[Hashable]]) -> list[list[int]]:
    """Groups the items that share a token, directly or through others. Union-find: as good as linear.

    `tokens[i]` are the tokens of item i; the answer holds positions in `tokens`.
    """
    parent = list(range(len(tokens)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[Hashable, int] = {}
    for i, own in enumerate(tokens):
        for token in own:
            other = first.setdefault(token, i)
            if other != i:
                a, b = root(i), root(other)
                parent[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = {}
    for i in range(len(tokens)):
        groups.setdefault(root(i), []).append(i)
    return list(groups.values())


def newest_first(rows: Iterable[Row], id_column: str, when: When) -> list[Row]:
    """Rows by last change (`updated_at`, else `created_at`), then creation, then id, then content; newest first."""
    rows = list(rows)
    if len(rows) < 2:
        return rows

    def age(row: Row) -> tuple[datetime, datetime, tuple[int, int, str], tuple[tuple[str, str], ...]]:
        created = when(row, "created_at")
        changed = when(row, "updated_at") or created
        return changed or _NEVER, created or _NEVER, natural(visible(row.get(id_column, ""))), content(row)

    return sorted(rows, key=age, reverse=True)


def fold(rows: Sequence[Row], rules: Rules, when: When) -> Folded:
    """One record out of `rows`, which must be sorted newest first (`newest_first`)."""
    if len(rows) == 1:
        row = rows[0]
        values = {c: v for c, v in row.items() if c not in POSITION and not blank(v)}
        return Folded(values, dict.fromkeys(values, row.get(ROW_FILE, "")))
    folded = Folded({}, {})
    conflicts: list[Conflict] = []
    for column in sorted({c for row in rows for c in row} - POSITION):
        filled = [row for row in rows if not blank(row.get(column, ""))]
        if not filled:
            continue
        kept = _kept(filled, column, rules, when)
        folded.sources[column] = kept.get(ROW_FILE, "")
        if column in rules.united:
            folded.values[column] = _united(filled, column, rules.united[column])
            continue
        folded.values[column] = kept[column]
        if column not in rules.silent and column not in rules.oldest:
            conflicts += _conflicts(filled, kept, column, rules.id_column)
    folded.conflicts = tuple(conflicts)
    return folded


def _kept(filled: Sequence[Row], column: str, rules: Rules, when: When) -> Row:
    if column in rules.oldest:
        dated = [(time, content(row), row) for row in filled if (time := when(row, column))]
        return min(dated, key=lambda d: d[:2])[2] if dated else filled[0]
    if column in rules.strictest:
        strict = rules.strictest[column]
        return max(filled, key=lambda row: strict(row[column]))
    return filled[0]


def _united(filled: Sequence[Row], column: str, separator: str) -> str:
    parts: dict[str, str] = {}
    for row in filled:
        for part in row[column].split(separator) if separator else [row[column]]:
            if text := visible(part):
                parts.setdefault(text, text)
    return (f"{separator.strip() or ';'} ").join(parts)


def _conflicts(filled: Sequence[Row], kept: Row, column: str, id_column: str) -> list[Conflict]:
    value, name = visible(kept[column]), visible(kept.get(id_column, ""))
    others: dict[str, str] = {}
    for row in filled:
        if (text := visible(row[column])) != value:
            others.setdefault(text, visible(row.get(id_column, "")))
    return [Conflict(column, value, other, (name, ids)) for other, ids in others.items()]
