"""What the journal is told: an intended write, the outcome of a source row; and the one text that a value has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no blanks."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=list)


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of a value."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


@dataclass(frozen=True)
class RowOutcome:
    """What became of one source row in one phase. `row` is `<file>:<line>`."""

    object: str
    row: str
    outcome: str
    """created, updated, adopted, unchanged, skipped or quarantined."""
    reason: str = ""
    source_id: str = ""
    email: str = ""


@dataclass(frozen=True)
class Entry:
    """One intended write."""

    phase: str
    entity: str
    source_id: str
    verb: str
    """create, adopt (an update of a record that was there before nrpd), update or delete."""
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What is written, as canonical values by name: what reconciliation compares, and what rollback takes back."""
    before: Mapping[str, Any] | None = None
    """The canonical values of these fields before the write; of records that were there before, and of updates."""
    dest_id: str = ""
    source_ids: tuple[str, ...] = ()
    """All source ids that the record stands for (a merged person has several)."""
    rows: tuple[RowOutcome, ...] = ()
    """Outcomes that become true when the write is done."""
    undoes: int | None = None
    """The write that this one takes back."""
    id: int = 0


@dataclass(frozen=True)
class Ended:
    """What became of a write that was sent, or was to be."""

    entry: Entry
    state: str
    """done, refused (nothing was written) or unknown (it may have been: the answer never came)."""
    why: str = ""
    dest_id: str = ""
    """The record's id in the account; of what is done."""
    answer: Mapping[str, Any] | None = None
    """The record as the account answered; None where it answers nothing of it."""
    tokens: int = 0
    rows: tuple[RowOutcome, ...] = ()
    """Outcomes that became true with it."""


def entry_of(row: Any) -> Entry:
    """The entry that a row of `writes` was made from."""
    effects = json.loads(row.effects or "{}")
    return Entry(
        row.phase, row.entity, row.source_id, row.verb, row.method, row.path,
        body=None if row.payload is None else json.loads(row.payload), fields=json.loads(row.fields or "{}"),
        before=None if row.before is None else json.loads(row.before), dest_id=row.dest_id,
        source_ids=tuple(effects.get("source_ids", ())),
        rows=tuple(RowOutcome(**one) for one in effects.get("rows", ())), undoes=row.undoes, id=row.id,
    )  # fmt: skip


class Remembered(Mapping[str, Any]):
    """What nrpd remembers of a record: dest_id, origin, phase, state, written, before, after. Its JSON is read when it
    is first looked at: most of the time nobody looks at the answer of a hundred thousand writes."""

    _TEXTS = ("written", "before", "after")
    _NAMES = ("dest_id", "origin", "phase", "state", *_TEXTS)

    def __init__(self, row: Any) -> None:
        self._row = row
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._TEXTS:
            if name not in self._NAMES:
                raise KeyError(name)
            return getattr(self._row, name)
        if name not in self._read:
            self._read[name] = json.loads(getattr(self._row, name))
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._NAMES)

    def __len__(self) -> int:
        return len(self._NAMES)
